package app

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"

	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
)

// Listen is an address where a listener is seen besides its socket, and by whom. Without an address the rest means nothing.
type Listen struct {
	Address      string   // such as 127.0.0.1:9117; empty: none
	Beyond       bool     // other machines may reach the address
	Names        []string // under which it may be asked, besides addresses, localhost and the name of the machine
	User         string   // who may see everything, with
	Password     string   // or
	PasswordFile string
	TokenFile    string // the file with the token with which one may change something too
}

// Check reports what is missing, as a *domain.SettingError. It reads the files.
func (l Listen) Check() error {
	_, err := l.credentials()
	return err
}

// credentials are what must be known at the address.
func (l Listen) credentials() (web.Credentials, error) {
	if l.Address == "" {
		return web.Credentials{}, nil
	}
	password, err := l.password()
	if err != nil {
		return web.Credentials{}, err
	}
	token, err := l.token()
	if err != nil {
		return web.Credentials{}, err
	}
	if !l.local() {
		const known = "listen_token_file, or listen_user and listen_password_file"
		switch {
		case !l.Beyond:
			return web.Credentials{}, l.wrong("listen", l.Address, "other machines can reach this address; if that is meant, write listen_beyond_this_machine = yes too, and for those who may see it "+known)
		case password == "" && token == "":
			return web.Credentials{}, l.wrong("listen", l.Address, "other machines can reach this address, and anybody there could see everything; write "+known+" too")
		}
	}
	return web.NewCredentials(l.User, password, token), nil
}

// local reports whether nobody elsewhere can reach the address.
func (l Listen) local() bool {
	at, err := netip.ParseAddrPort(l.Address)
	return err == nil && at.Addr().IsLoopback()
}

// names are those of the machine, under which it may be asked.
func (l Listen) names() []string {
	name, err := os.Hostname()
	if err != nil || l.local() {
		return l.Names
	}
	return append([]string{strings.ToLower(name)}, l.Names...)
}

func (Listen) wrong(setting, value, why string) error {
	return &domain.SettingError{Setting: setting, Value: value, Why: why}
}

func (l Listen) password() (string, error) {
	password := l.Password
	if l.PasswordFile != "" {
		var err error
		if password, err = secretIn("listen-password-file", l.PasswordFile); err != nil {
			return "", err
		}
	}
	switch {
	case password == "" && l.User != "":
		return "", l.wrong("listen-user", l.User, "it has no password; write listen_password_file too")
	case password != "" && l.User == "":
		return "", l.wrong("listen-user", "", "a password belongs to it; write listen_user = NAME too")
	}
	return password, nil
}

// shortestToken is what nobody guesses.
const shortestToken = 16

func (l Listen) token() (string, error) {
	if l.TokenFile == "" {
		return "", nil
	}
	token, err := secretIn("listen-token-file", l.TokenFile)
	if err != nil {
		return "", err
	}
	odd := func(r rune) bool { // see RFC 6750
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+/=", r))
	}
	if len(token) < shortestToken || strings.ContainsFunc(token, odd) {
		return "", l.wrong("listen-token-file", l.TokenFile,
			fmt.Sprintf(`a token is a word of %d or more letters and digits; make one with "openssl rand -hex 32"`, shortestToken))
	}
	return token, nil
}

// longestSecret is more than anybody sends with each request.
const longestSecret = 4 << 10

// secretIn is the one line of a file which not everybody may read.
func secretIn(setting, path string) (string, error) {
	wrong := func(why string) error { return Listen{}.wrong(setting, path, why) }
	info, err := os.Stat(path)
	var content []byte
	if err == nil && info.Mode().IsRegular() && info.Size() <= longestSecret { // a pipe would hold us up
		content, err = os.ReadFile(path)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	switch failed, _ := errors.AsType[*fs.PathError](err); {
	case failed != nil:
		return "", wrong("the file cannot be read: " + failed.Err.Error())
	case !info.Mode().IsRegular() || info.Size() > longestSecret:
		return "", wrong("this is no file with one line; write another path")
	case info.Mode()&0o006 != 0:
		return "", wrong("everybody on this machine may read or change this file; take that away with chmod o= " + path)
	case text == "" || strings.ContainsAny(text, "\r\n\x00"):
		return "", wrong("the file has to hold one line, and nothing else")
	}
	return text, nil
}
