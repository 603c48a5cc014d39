package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// loginFlags are the credentials of a check.
type loginFlags struct {
	Username     string `short:"U" long:"username" value-name:"NAME" unquote:"false" description:"the user name of HTTP basic authentication"`
	Password     string `short:"P" long:"password" value-name:"PASSWORD" unquote:"false" secret:"yes" description:"its password, which other users of the machine can read here"`
	PasswordFile string `long:"password-file" value-name:"FILE" unquote:"false" added:"yes" description:"the file that holds the password"`
	PasswordEnv  string `long:"password-env" value-name:"VARIABLE" unquote:"false" added:"yes" description:"the environment variable that holds the password"`
}

// password returns the password from the one place that was given.
func (f *loginFlags) password(r *reader) string {
	switch {
	case r.atMostOne("password", "password-file", "password-env") > 1:
		return ""
	case f.PasswordFile != "":
		return r.secretFile("password-file", f.PasswordFile)
	case f.PasswordEnv != "":
		return r.secretVariable("password-env", f.PasswordEnv)
	}
	return f.Password
}

// secretFile reads a file without its trailing newline.
func (r *reader) secretFile(long, path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		shown := path
		if errors.Is(err, fs.ErrNotExist) && !strings.Contains(path, "/") {
			shown = "" // it may be the password itself
		}
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		r.refuse(long, shown, fmt.Sprintf("the file cannot be read: %v", err))
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if text == "" {
		r.refuse(long, path, "the file is empty; write the password into it")
	}
	return text
}

// nameOnly is empty where the name of an environment variable may be the password itself.
func nameOnly(name string) string {
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
		return name
	}
	return ""
}

func (r *reader) secretVariable(long, name string) string {
	text := r.getenv(name)
	if text == "" {
		r.refuse(long, nameOnly(name), "this environment variable is not set; set it with environment= in supervisord.conf")
	}
	return text
}
