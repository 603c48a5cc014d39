"""Custom checks in Python, on the engine of supervisor-healthcheck.

This file takes the place of the Python package supervisor_checks for checks of one's own that were written for it. Put it where
Python finds it (PYTHONPATH, or beside the script). A script that calls CheckRunner(...).run() then becomes supervisor-healthcheck,
which keeps the schedule, restarts and writes the log, and starts the script a second time as its worker, to ask it about processes.

SUPERVISOR_HEALTHCHECK_BIN is the path of supervisor-healthcheck where that is not on the PATH.
"""

import collections.abc
import datetime
import functools
import json
import os
import queue
import re
import shlex
import shutil
import sys
import tempfile
import threading
import time
import traceback
import types
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

PROGRAM = 'supervisor-healthcheck'
BINARY = 'SUPERVISOR_HEALTHCHECK_BIN'  # where the program is
CHECKS = 'SUPERVISOR_HEALTHCHECK_CHECK_CONFIG'  # what it is told; no command line, as that is shown to everybody
WORKER = 'SUPERVISOR_HEALTHCHECK_WORKER'  # says to the script that it is the worker
MAX_THREADS = 16
ANSWER_SECONDS = 60

__path__ = []  # this module is a package too


class InvalidCheckConfig(ValueError):
    """The configuration of a check is wrong."""


class InvalidPortSpec(InvalidCheckConfig):
    """No port can be found by what is configured."""


class BaseCheck(object):
    """A check. Its __call__ says whether a process is healthy; an exception restarts nothing."""

    NAME = None

    def __init__(self, check_config, log):
        self._config = check_config
        self.__log = log
        self._validate_config()

    def __call__(self, process_spec):
        raise NotImplementedError

    def _log(self, msg, *args):
        self.__log('%s: %s' % (type(self).__name__, _formatted(msg, args)))

    def _validate_config(self):
        """May raise InvalidCheckConfig."""


class BuiltInCheck(BaseCheck):
    """A check that supervisor-healthcheck makes itself."""

    DEFAULTS = {}

    def __call__(self, process_spec):
        raise NotImplementedError('%s is made by %s and cannot be called from Python' % (type(self).__name__, PROGRAM))

    @classmethod
    def settings(cls, config):
        """The settings as JSON has them: what is None was not given."""
        given = {key: value for key, value in config.items() if value is not None}
        return {key: int(value) if isinstance(value, float) and value.is_integer() else value
                for key, value in dict(cls.DEFAULTS, **given).items()}


class HTTPCheck(BuiltInCheck):
    NAME = 'http'


class TCPCheck(BuiltInCheck):
    NAME = 'tcp'


class XMLRPCCheck(BuiltInCheck):
    NAME = 'xmlrpc'


class MemoryCheck(BuiltInCheck):
    NAME = 'memory'


class CPUCheck(BuiltInCheck):
    NAME = 'cpu'
    DEFAULTS = {'interval': 3600}


class FileCheck(BuiltInCheck):
    NAME = 'file'


class CheckRunner(object):
    """Runs checks as an event listener.

    It is called as CheckRunner(name, group, checks), CheckRunner(name, group, checks, process_name) or, as by later versions of
    the package, CheckRunner(name, group, process_name, checks), and each argument may have its name. Checks are pairs of a class and
    its configuration.
    """

    def __init__(self, check_name, process_group=None, *args, **kwargs):
        self._name = check_name
        self._group = process_group
        given = dict(_named(args), **kwargs)
        self._process = given.pop('process_name', None)
        self._environment = given.pop('env', None) or {}
        configured = given.pop('checks_config', None)
        if given:
            raise TypeError('CheckRunner has no argument %s' % ', '.join(sorted(given)))
        self._said = threading.local()
        self._writing = threading.Lock()
        self._settings = {}
        self._checks = []
        for cls, config in configured or []:
            self._add(cls, config)

    def _add(self, cls, config):
        if not (issubclass(cls, BuiltInCheck) and cls.__call__ is BuiltInCheck.__call__):
            self._settings.setdefault('worker', {})
            self._checks.append(cls(config, self._log))
            return
        kind = next(base.NAME for base in cls.__mro__ if base.__module__ == __name__)
        if kind in self._settings:
            raise InvalidCheckConfig('%s is given twice; a section [healthcheck:NAME] can have several of a kind, such as '
                                     '%s/second' % (cls.__name__, kind))
        cls(config, self._log)  # which may refuse the configuration
        self._settings[kind] = cls.settings(config)

    def run(self):
        """Becomes the event listener, or its worker. It returns in neither case."""
        if os.environ.get(WORKER):
            return self._work()
        program = os.environ.get(BINARY) or shutil.which(PROGRAM)
        if not program:
            sys.exit('%s is not on the PATH: install it there, or say where it is by %s' % (PROGRAM, BINARY))
        environment = dict(os.environ, **self._environment)
        if 'worker' in self._settings:
            self._settings['worker'] = {'command': ' '.join(shlex.quote(word) for word in _command_line()), 'parallel': MAX_THREADS,
                                        'timeout': ANSWER_SECONDS}
            environment[WORKER] = '1'
        environment[CHECKS] = json.dumps(self._settings)
        sys.stderr.flush()
        try:
            os.execve(program, [program, 'complex', '-n', self._name] + self._selection(), environment)
        except OSError as exc:
            sys.exit('%s cannot be run: %s' % (program, exc))

    def _selection(self):
        if not self._process:
            return ['-g', self._group] if self._group else []
        group, _, name = self._process.partition(':')
        return ['-g', group] if name == '*' else ['-N', self._process]

    def _work(self):
        """Answers the questions on stdin. A single one is answered by the main thread, as some libraries want it."""
        questions, self._answers = os.fdopen(os.dup(0), encoding='utf-8'), os.dup(1)
        os.dup2(2, 1)  # what a check prints, or has printed
        sys.stdout.flush()
        if hasattr(sys.stdout, 'reconfigure'):
            sys.stdout.reconfigure(line_buffering=True)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        mine, busy, pool = queue.Queue(), threading.Lock(), ThreadPoolExecutor(MAX_THREADS)

        def read():
            for line in questions:
                if busy.acquire(False):
                    mine.put(line)
                else:
                    pool.submit(self._answer, line)
            os._exit(0)  # the listener has ended

        threading.Thread(target=read, daemon=True).start()
        while True:
            self._answer(mine.get(), busy.release)

    def _answer(self, line, judged=lambda: None):
        question = json.loads(line)
        verdict, reason = self._judge(question['process'])
        judged()  # before the answer, upon which the next question comes
        text = json.dumps({'id': question['id'], 'verdict': verdict, 'reason': reason}) + '\n'
        data = memoryview(text.encode('utf-8'))
        with self._writing:
            while data:
                data = data[os.write(self._answers, data):]

    def _judge(self, process_spec):
        verdict, reasons = 'healthy', []
        for check in self._checks:
            self._said.last = None
            try:
                healthy = check(dict(process_spec))
            except BaseException as exc:
                self._log('%s', traceback.format_exc())
                if verdict == 'healthy':
                    verdict, reasons = 'unknown', []
                reasons.append('%s raised %s: %s' % (_name(check), type(exc).__name__, exc))
                continue
            if not healthy:
                return 'unhealthy', self._said.last or '%s says no' % _name(check)
            if verdict == 'healthy':
                reasons.append(self._said.last or '%s says yes' % _name(check))
        return verdict, '; '.join(reasons)

    def _log(self, msg, *args):
        """Writes a line to stderr. The last one of a check is the reason of its verdict."""
        self._said.last = _formatted(msg, args)
        now = datetime.datetime.now().strftime('%Y/%m/%d %H:%M:%S')
        sys.stderr.write('%s [%s] %s\n' % (now, self._name, self._said.last))
        sys.stderr.flush()


def _named(args):
    """Which of the arguments of CheckRunner are which, by what they are."""
    for value in args:
        if isinstance(value, collections.abc.Mapping):
            yield 'env', value
        elif value is None or isinstance(value, str):
            yield 'process_name', value
        else:
            yield 'checks_config', value


def _formatted(msg, args):
    try:
        return msg % args if args else str(msg)
    except (TypeError, ValueError):
        return '%s %r' % (msg, args)


def _name(check):
    return check.NAME or type(check).__name__


def _command_line():
    """The command line of this very script."""
    written = getattr(sys, 'orig_argv', None)
    if written:
        return [sys.executable or written[0]] + written[1:]
    spec = getattr(sys.modules['__main__'], '__spec__', None)
    if spec is None:
        return [sys.executable] + sys.argv
    name = spec.name[:-len('.__main__')] if spec.name.endswith('.__main__') else spec.name
    return [sys.executable, '-m', name] + sys.argv[1:]


def get_port(port_or_port_re, process_name):
    """The port, or the one that a regular expression finds in the name of the process."""
    try:
        return int(port_or_port_re)
    except ValueError:
        match = re.match(port_or_port_re, process_name)
    if match and len(match.groups()) == 1 and match.group(1).isdigit():
        return int(match.group(1))
    raise InvalidPortSpec('%s finds no port in the name %s' % (port_or_port_re, process_name))


class retry_errors(object):
    """Has a function called again after an exception, with pauses of 3 s, 6 s and so on."""

    def __init__(self, num_retries, log):
        self._num_retries = num_retries
        self._log = log

    def __call__(self, func):
        @functools.wraps(func)
        def attempts(*args, **kwargs):
            for attempt in range(1, self._num_retries + 1):
                try:
                    return func(*args, **kwargs)
                except Exception as exc:
                    self._log('Exception occurred: %s. Retry in %s seconds.', exc, 3 * attempt)
                    time.sleep(3 * attempt)
            return func(*args, **kwargs)

        return attempts

    @contextmanager
    def retry_context(self, func):
        yield self(func)


class NotificationFile(object):
    """The heartbeat file of this process, for the file check."""

    def __init__(self, filepath=None, root_dir=None):
        self.filepath = filepath or os.path.join(root_dir or tempfile.gettempdir(), '%s-%s-%d' % (
            os.environ['SUPERVISOR_GROUP_NAME'], os.environ['SUPERVISOR_PROCESS_NAME'], os.getpid()))

    def notify(self):
        fd = os.open(self.filepath, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        try:
            os.utime(fd)
        finally:
            os.close(fd)


def _modules():
    """Makes the modules of the package, which all stand in this file."""
    import http.client
    import xmlrpc.client

    def module(name, **members):
        made = types.ModuleType('%s.%s' % (__name__, name))
        made.__dict__.update(members)
        sys.modules[made.__name__] = made
        return made

    modules = {name: module('check_modules.' + name, **{cls.__name__: cls}) for name, cls in (
        ('base', BaseCheck), ('http', HTTPCheck), ('tcp', TCPCheck), ('xmlrpc', XMLRPCCheck), ('memory', MemoryCheck),
        ('cpu', CPUCheck), ('file', FileCheck))}
    tools = {'get_port': get_port, 'retry_errors': retry_errors, 'NotificationFile': NotificationFile}
    return {
        'check_modules': module('check_modules', __path__=[], **modules),
        'check_runner': module('check_runner', CheckRunner=CheckRunner),
        'errors': module('errors', InvalidCheckConfig=InvalidCheckConfig, InvalidPortSpec=InvalidPortSpec),
        'utils': module('utils', **tools),
        'util': module('util', **tools),  # as its documentation has it
        'compat': module('compat', httplib=http.client, xmlrpclib=xmlrpc.client),
    }


globals().update(_modules())
