package main

import "supervisor-healthcheck/domain/checks"

// httpFlags are the flags of the command http.
type httpFlags struct {
	URL     string `short:"u" long:"url" value-name:"PATH" unquote:"false" need:"give the path that is asked for, such as -u /ping" description:"the path that is asked for, such as /ping"`
	Method  string `short:"m" long:"method" value-name:"METHOD" unquote:"false" default:"GET" description:"the method of the request"`
	JSON    string `short:"j" long:"json" value-name:"JSON" unquote:"false" secret:"yes" description:"a JSON text that is sent as the body"`
	Body    string `short:"b" long:"body" value-name:"TEXT" unquote:"false" secret:"yes" description:"a text that is sent as the body"`
	Headers string `short:"H" long:"headers" value-name:"JSON" unquote:"false" secret:"yes" description:"headers of the request, as a JSON object of strings"`
	loginFlags
	Port    string `short:"p" long:"port" value-name:"PORT" unquote:"false" need:"give a port, or a regular expression that finds it in the name of the process" description:"a port, or a regular expression whose group finds it in the name of the process, such as .+_(\\d+)"`
	Timeout string `short:"t" long:"timeout" value-name:"DURATION" unquote:"false" default:"15" description:"how long an answer may take"`
	Retries string `short:"r" long:"num-retries" value-name:"N" unquote:"false" default:"2" description:"how often a failed request is repeated within one check"`
}

func (f *httpFlags) settings(r *reader) []checks.Settings {
	r.atMostOne("json", "body")
	return []checks.Settings{checks.HTTP{
		URL: f.URL, Port: r.port("port", f.Port), Method: f.Method, JSON: f.JSON, Body: f.Body,
		Headers: r.headers("headers", f.Headers), Username: f.Username, Password: f.password(r),
		Timeout: r.duration("timeout", f.Timeout), Retries: new(r.count("num-retries", f.Retries, 0, 100)),
	}}
}

// tcpFlags are the flags of the command tcp.
type tcpFlags struct {
	Port    string `short:"p" long:"port" value-name:"PORT" unquote:"false" need:"give a port, or a regular expression that finds it in the name of the process" description:"a port, or a regular expression whose group finds it in the name of the process, such as .+_(\\d+)"`
	Timeout string `short:"t" long:"timeout" value-name:"DURATION" unquote:"false" default:"15" description:"how long a connection may take"`
	Retries string `short:"r" long:"num-retries" value-name:"N" unquote:"false" default:"2" description:"how often a failed connection is tried again within one check"`
}

func (f *tcpFlags) settings(r *reader) []checks.Settings {
	return []checks.Settings{checks.TCP{
		Port: r.port("port", f.Port), Timeout: r.duration("timeout", f.Timeout), Retries: new(r.count("num-retries", f.Retries, 0, 100)),
	}}
}

// xmlrpcFlags are the flags of the command xmlrpc.
type xmlrpcFlags struct {
	URL        string `short:"u" long:"url" value-name:"PATH" unquote:"false" description:"the path of the XML-RPC server at --port, such as /RPC2"`
	SocketPath string `short:"s" long:"socket-path" value-name:"FILE" unquote:"false" setting:"sock-path" description:"the Unix socket of the XML-RPC server"`
	SocketDir  string `short:"S" long:"socket-dir" value-name:"DIR" unquote:"false" setting:"sock-dir" description:"the directory of Unix sockets that are called after their process: NAME.sock"`
	Method     string `short:"m" long:"method" value-name:"METHOD" unquote:"false" default:"status" description:"the method that is called"`
	loginFlags
	Port    string `short:"p" long:"port" value-name:"PORT" unquote:"false" description:"a port, or a regular expression whose group finds it in the name of the process; goes with --url"`
	Retries string `short:"r" long:"num-retries" value-name:"N" unquote:"false" default:"2" description:"how often a failed call is repeated within one check"`
	Timeout string `short:"t" long:"timeout" value-name:"DURATION" unquote:"false" default:"15" added:"yes" description:"how long an answer may take"`
}

func (f *xmlrpcFlags) settings(r *reader) []checks.Settings {
	r.exactlyOne("url", "socket-path", "socket-dir")
	return []checks.Settings{checks.XMLRPC{
		URL: f.URL, SocketPath: f.SocketPath, SocketDir: f.SocketDir, Port: r.port("port", f.Port), Method: f.Method,
		Username: f.Username, Password: f.password(r),
		Retries: new(r.count("num-retries", f.Retries, 0, 100)), Timeout: r.duration("timeout", f.Timeout),
	}}
}
