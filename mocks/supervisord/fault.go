package supervisord

import "supervisor-healthcheck/domain"

// The fault codes of supervisord's xmlrpc.py.
const (
	unknownMethod       = 1
	incorrectParameters = 2
	shutdownState       = 6
	badName             = 10
	badSignal           = 11
	noFile              = 20
	notExecutable       = 21
	failed              = 30
	abnormalTermination = 40
	spawnError          = 50
	alreadyStarted      = 60
	notRunning          = 70
	success             = 80
	alreadyAdded        = 90
	stillRunning        = 91
)

// fault is supervisord's RPCError: its text is the name of the code, and what more there is to say.
func fault(code int, extra ...string) *domain.Fault {
	text := faultName(code)
	for _, more := range extra {
		text += ": " + more
	}
	return &domain.Fault{Code: code, Text: text}
}

func faultName(code int) string {
	names := map[int]string{
		unknownMethod: "UNKNOWN_METHOD", incorrectParameters: "INCORRECT_PARAMETERS", 3: "BAD_ARGUMENTS",
		4: "SIGNATURE_UNSUPPORTED", shutdownState: "SHUTDOWN_STATE", badName: "BAD_NAME", badSignal: "BAD_SIGNAL",
		noFile: "NO_FILE", notExecutable: "NOT_EXECUTABLE", failed: "FAILED", abnormalTermination: "ABNORMAL_TERMINATION",
		spawnError: "SPAWN_ERROR", alreadyStarted: "ALREADY_STARTED", notRunning: "NOT_RUNNING", success: "SUCCESS",
		alreadyAdded: "ALREADY_ADDED", stillRunning: "STILL_RUNNING", 92: "CANT_REREAD",
	}
	if name, ok := names[code]; ok {
		return name
	}
	return "UNKNOWN"
}
