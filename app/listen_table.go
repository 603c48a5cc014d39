package app

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
)

// table is the settings of the address where the listener is seen. But for the first one no command line has them.
func (l *Listen) table() []domain.Setting {
	return []domain.Setting{
		domain.Bind(&l.Address, readAddress, told, domain.Setting{
			Word: "listen", Value: "ADDRESS:PORT",
			Flag: domain.Flag{Long: "listen", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_LISTEN"},
			Doc: "an address such as 127.0.0.1:9117, where browsers and Prometheus see what the listener knows; one that other machines can reach, such as 0.0.0.0:9117, " +
				"wants listen_beyond_this_machine and a password or a token too",
		}),
		domain.Bind(&l.Beyond, yesOrNo, yesTold, domain.Setting{
			Word: "listen-beyond-this-machine", Value: "yes|no", Default: "no",
			Flag: domain.Flag{Variable: "SUPERVISOR_HEALTHCHECK_LISTEN_BEYOND_THIS_MACHINE"},
			Doc:  "whether other machines may reach the address of listen",
		}),
		domain.Bind(&l.Names, hostNames, namesTold, domain.Setting{
			Word: "listen-names", Value: "NAME, ...",
			Flag: domain.Flag{Variable: "SUPERVISOR_HEALTHCHECK_LISTEN_NAMES"},
			Doc:  "more names under which browsers and others may ask, besides addresses, localhost and the name of the machine",
		}),
		domain.Bind(&l.User, userName, told, domain.Setting{
			Word: "listen-user", Value: "NAME",
			Flag: domain.Flag{Variable: "SUPERVISOR_HEALTHCHECK_LISTEN_USER"},
			Doc:  "the name that browsers ask for; who has it and the password sees everything and changes nothing",
		}),
		domain.Bind(&l.Password, itself, told, domain.Setting{
			Word: "listen-password", Value: "PASSWORD", Secret: true,
			Flag: domain.Flag{Variable: "SUPERVISOR_HEALTHCHECK_LISTEN_PASSWORD"},
			Doc:  "the password of listen-user",
		}),
		domain.Bind(&l.PasswordFile, itself, told, domain.Setting{
			Word: "listen-password-file", Value: "FILE", Instead: "listen-password",
			Flag: domain.Flag{Variable: "SUPERVISOR_HEALTHCHECK_LISTEN_PASSWORD_FILE"},
			Doc:  "the file that holds the password of listen-user, which not everybody may read; it is read anew at SIGHUP",
		}),
		domain.Bind(&l.TokenFile, itself, told, domain.Setting{
			Word: "listen-token-file", Value: "FILE",
			Flag: domain.Flag{Variable: "SUPERVISOR_HEALTHCHECK_LISTEN_TOKEN_FILE"},
			Doc:  "the file that holds a token for programs (Authorization: Bearer), which may pause and resume too; not everybody may read it, and it is read anew at SIGHUP",
		}),
	}
}

// readAddress reads an address of this machine.
func readAddress(text string) (string, string) {
	if text == "" {
		return "", ""
	}
	address, err := netip.ParseAddrPort(strings.Replace(text, "localhost:", "127.0.0.1:", 1))
	if err != nil {
		return "", "write an address of this machine such as 127.0.0.1:9117 or [::1]:9117"
	}
	return address.String(), ""
}

func yesOrNo(text string) (bool, string) {
	on, known := domain.ParseSwitch(text)
	if !known && text != "" {
		return false, "write yes or no"
	}
	return on, ""
}

func yesTold(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// hostNames reads names with commas or blanks between.
func hostNames(text string) ([]string, string) {
	hostName := regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)
	if text == "" {
		return nil, ""
	}
	all := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	for _, name := range all {
		if !hostName.MatchString(name) {
			return nil, "write names of this machine without ports, such as web01.example.org, with commas between"
		}
	}
	slices.Sort(all)
	return slices.Compact(all), ""
}

func namesTold(all []string) string { return strings.Join(all, ", ") }

func userName(text string) (string, string) {
	if strings.ContainsFunc(text, func(r rune) bool { return r == ':' || r < ' ' || r == 0x7f }) {
		return "", "write a name without a colon, which HTTP does not allow there"
	}
	return text, ""
}
