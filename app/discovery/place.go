package discovery

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
)

// Made is what supervisord's configuration says of a process.
type Made struct {
	Program  string
	Listener bool // it is an event listener
	Number   int  // process_num
	Count    int  // numprocs
}

// Configuration is what stands in supervisord's own files. The zero value is that of a supervisord whose file is not known.
type Configuration struct {
	Path      string
	Processes map[domain.ID]Made
	Sections  map[string]string // the places of sections of ours, and of an event listener of the name healthcheck
	LogFolder string            // the folder of supervisord's own log, if it has a file

	Server Server
}

// Server is how supervisord is asked.
type Server struct{ URL, Username, Password string }

// Here reports whether it is surely a supervisord of this machine.
func (s Server) Here() bool {
	at, err := url.Parse(s.URL)
	if err != nil || at.Scheme == "unix" {
		return strings.HasPrefix(s.URL, "unix://") // the path of one may hold any byte
	}
	address, err := netip.ParseAddr(at.Hostname())
	return at.Hostname() == "localhost" || err == nil && address.IsLoopback()
}

// Or fills in what is not said by what a file says of the same supervisord.
func (s Server) Or(file Server) Server {
	if s.URL == "" {
		s.URL = file.URL
	}
	if s.Username == "" && s.Password == "" && s.URL == file.URL {
		s.Username, s.Password = file.Username, file.Password
	}
	return s
}

// Lookup tells the environment variables.
type Lookup = func(name string) (string, bool)

// FileError is why a file that was named, or found, cannot be used.
type FileError struct{ Err error }

// Error is the text of Err.
func (f *FileError) Error() string { return f.Err.Error() }

// Unwrap returns Err.
func (f *FileError) Unwrap() error { return f.Err }

// Configured reads the file that is named. Without a name it reads the one that is found, and leaves it if it is about another
// supervisord than the one at the address, if there is one. Its error is a *FileError or is ErrNoFile.
func Configured(file, url string, find func() (Found, error), lookup Lookup) (Configuration, error) {
	named := file != ""
	found := Found{Path: file}
	if !named {
		var err error
		if found, err = find(); err != nil && url == "" {
			return Configuration{}, fmt.Errorf("%w, or give --serverurl URL", err)
		} else if err != nil {
			return Configuration{}, nil
		}
	}
	c, err := Read(found.Path, lookup)
	switch {
	case !named && url != "" && (err != nil || !found.Asked && c.Server.URL != url):
		return Configuration{}, nil
	case err != nil:
		return Configuration{}, &FileError{err}
	case url == "" && c.Server.URL == "":
		return Configuration{}, &FileError{fmt.Errorf("%s does not say how supervisord is asked: write a section [unix_http_server] with file=, "+
			"such as file = /run/supervisor.sock", c.Path)}
	}
	return c, nil
}

// Read reads a file and those that it includes.
func Read(path string, lookup Lookup) (Configuration, error) {
	files, err := ini.Read(path, lookup)
	var missing *fs.PathError
	if errors.As(err, &missing) {
		return Configuration{}, fmt.Errorf("%s cannot be read: %w", missing.Path, missing.Err)
	}
	if err != nil {
		return Configuration{}, err
	}
	c := Configuration{Path: files.Path, Processes: map[domain.ID]Made{}, Sections: map[string]string{}, Server: server(files, lookup)}
	programs, _ := files.Programs(lookup) // what is wrong there makes no process
	for _, p := range programs {
		for _, made := range p.Processes {
			c.Processes[domain.ID{Group: made.Group, Name: made.Name}] = Made{
				Program: p.Name, Listener: p.Kind == "eventlistener", Number: made.Number, Count: made.Count}
		}
	}
	for _, s := range files.Sections {
		name, ours := strings.CutPrefix(s.Name, "healthcheck:")
		if ours {
			name = strings.TrimSpace(name)
		}
		if ours || s.Name == listenerSection {
			c.Sections[cmp.Or(name, s.Name)] = s.Place.String()
		}
	}
	if log := value(files, "supervisord", "logfile", lookup); filepath.IsAbs(log) && !strings.HasPrefix(log, "/dev/") {
		c.LogFolder = filepath.Dir(log)
	}
	return c, nil
}

// server is what supervisorctl would use, or else a server that supervisord has.
func server(files *ini.Config, lookup Lookup) Server {
	get := func(section, key string) string { return value(files, section, key, lookup) }
	s := Server{URL: get("supervisorctl", "serverurl"), Username: get("supervisorctl", "username"), Password: get("supervisorctl", "password")}
	from := ""
	switch file, port := get("unix_http_server", "file"), get("inet_http_server", "port"); {
	case s.URL != "":
		return s
	case file != "":
		s.URL, from = "unix://"+file, "unix_http_server"
	case port != "":
		host, number, colon := strings.Cut(port, ":")
		if !colon {
			host, number = "", port
		}
		if host == "" || host == "*" || host == "0.0.0.0" {
			host = "127.0.0.1"
		}
		s.URL, from = "http://"+host+":"+number, "inet_http_server"
	}
	if password := get(from, "password"); s.Username == "" && !strings.HasPrefix(password, "{SHA}") { // of a hash no password can be made
		s.Username, s.Password = get(from, "username"), password
	}
	return s
}

// value is empty where there is none that can be read.
func value(files *ini.Config, section, key string, lookup Lookup) string {
	s := files.Section(section)
	if s == nil {
		return ""
	}
	k, ok := files.Get(s, key)
	if !ok {
		return ""
	}
	node, _ := os.Hostname()
	text, err := ini.Expand(k.Value, ini.Names{Here: files.Dir(), Texts: map[string]string{"host_node_name": node}, Lookup: lookup})
	if err != nil {
		return ""
	}
	return strings.TrimSpace(text)
}

// Included are the files that a file includes; false if it cannot be read.
func Included(path string, lookup Lookup) ([]string, bool) {
	files, err := ini.Read(path, lookup)
	if err != nil {
		return nil, false
	}
	return files.Included, true
}
