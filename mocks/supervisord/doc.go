// Package supervisord is a small stand-in for supervisord, for tests and for a demonstration, in the spirit of
// net/http/httptest: it runs listener commands and real child processes, speaks the event protocol over pipes and
// the XML-RPC API over a unix socket or TCP, sends a tick when told, and forces faults that a real supervisord
// shows only on a bad day. Its answers are compared with those of a real supervisord 4.2.5 in a test.
//
// What it does not have: configuration files, log files (so no methods about them, and no reloadConfig), users,
// several servers, other priorities than the default ones, and the pauses of supervisord's main loop, which lets up to a second pass
// before it sees a change. SIGTERM and SIGHUP to the process that it runs in mean nothing to it; see Shutdown and Restart.
package supervisord
