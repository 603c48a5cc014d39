"""A plugin of supervisord for tests alone: it makes a listener deaf, as supervisord does after one wrong byte.

[rpcinterface:deafen]
supervisor.rpcinterface_factory = deafen:make

deafen.listener(group:name)   puts the listener into UNKNOWN, the state in which it gets no event any more
"""
from supervisor.options import split_namespec
from supervisor.states import EventListenerStates


class Deafen:
    def __init__(self, supervisord):
        self.supervisord = supervisord

    def listener(self, name):
        group_name, process_name = split_namespec(name)
        process = self.supervisord.process_groups[group_name].processes[process_name]
        process.listener_state = EventListenerStates.UNKNOWN
        return True


def make(supervisord, **config):
    return Deafen(supervisord)
