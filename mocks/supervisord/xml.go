package supervisord

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"supervisor-healthcheck/domain"
)

// structure is a struct of XML-RPC, its members in the order in which they are written.
type structure []member

type member struct {
	name  string
	value any
}

// encode writes an answer or a fault as Python's xmlrpc.client does.
func encode(answer any, refused *domain.Fault) string {
	var b strings.Builder
	b.WriteString("<?xml version='1.0'?>\n<methodResponse>\n")
	if refused != nil {
		b.WriteString("<fault>\n")
		encodeValue(&b, structure{{"faultCode", refused.Code}, {"faultString", refused.Text}})
		b.WriteString("</fault>\n")
	} else {
		b.WriteString("<params>\n<param>\n")
		encodeValue(&b, answer)
		b.WriteString("</param>\n</params>\n")
	}
	b.WriteString("</methodResponse>\n")
	return b.String()
}

func encodeValue(b *strings.Builder, value any) {
	switch v := value.(type) {
	case bool:
		fmt.Fprintf(b, "<value><boolean>%d</boolean></value>\n", boolInt(v))
	case int:
		fmt.Fprintf(b, "<value><int>%d</int></value>\n", v)
	case []any:
		b.WriteString("<value><array><data>\n")
		for _, element := range v {
			encodeValue(b, element)
		}
		b.WriteString("</data></array></value>\n")
	case structure:
		b.WriteString("<value><struct>\n")
		for _, m := range v {
			b.WriteString("<member>\n<name>" + escape(m.name) + "</name>\n")
			encodeValue(b, m.value)
			b.WriteString("</member>\n")
		}
		b.WriteString("</struct></value>\n")
	default:
		b.WriteString("<value><string>" + escape(fmt.Sprint(v)) + "</string></value>\n")
	}
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// node is an XML element.
type node struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Nodes   []node `xml:",any"`
}

func (n node) child(name string) (node, bool) {
	for _, c := range n.Nodes {
		if c.XMLName.Local == name {
			return c, true
		}
	}
	return node{}, false
}

var errNotText = errors.New("not UTF-8")

// decode reads a call: strings, ints, booleans, arrays and structs.
func decode(body []byte) (string, []any, error) {
	if !utf8.Valid(body) {
		return "", nil, errNotText
	}
	var call node
	if err := xml.Unmarshal(body, &call); err != nil {
		return "", nil, err
	}
	name, _ := call.child("methodName")
	if name.Text == "" {
		return "", nil, errors.New("no method name")
	}
	args := []any{}
	params, _ := call.child("params")
	for _, param := range params.Nodes {
		value, _ := param.child("value")
		arg, err := decodeValue(value)
		if err != nil {
			return "", nil, err
		}
		args = append(args, arg)
	}
	return name.Text, args, nil
}

func decodeValue(value node) (any, error) {
	if len(value.Nodes) == 0 {
		return value.Text, nil
	}
	switch v := value.Nodes[0]; v.XMLName.Local {
	case "int", "i4":
		return strconv.Atoi(strings.TrimSpace(v.Text))
	case "double":
		return strconv.ParseFloat(strings.TrimSpace(v.Text), 64)
	case "boolean":
		return v.Text == "1", nil
	case "array":
		return decodeArray(v)
	case "struct":
		return decodeStruct(v)
	default:
		return v.Text, nil
	}
}

func decodeArray(array node) (any, error) {
	elements := []any{}
	data, _ := array.child("data")
	for _, value := range data.Nodes {
		element, err := decodeValue(value)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	return elements, nil
}

func decodeStruct(members node) (any, error) {
	fields := map[string]any{}
	for _, m := range members.Nodes {
		name, _ := m.child("name")
		value, _ := m.child("value")
		field, err := decodeValue(value)
		if err != nil {
			return nil, err
		}
		fields[name.Text] = field
	}
	return fields, nil
}
