"""A plugin of supervisord for tests alone: it emits TICK events when told, and shows a listener's state.

[rpcinterface:test]
supervisor.rpcinterface_factory = ticker:make
own_ticks = no              ; supervisord emits no tick but those that it is told to

test.tick(period, when)     emits TICK_5, TICK_60 or TICK_3600 with this time, in seconds since 1970
test.listener(group:name)   returns the listener's state, its pid and the number of events that wait for it
"""
from supervisor import events
from supervisor.options import split_namespec
from supervisor.states import getEventListenerStateDescription


class Ticker:
    def __init__(self, supervisord):
        self.supervisord = supervisord

    def tick(self, period, when):
        for event in events.TICK_EVENTS:
            if event.period == period:
                events.notify(event(when, self.supervisord))
                return True
        return False

    def listener(self, name):
        group_name, process_name = split_namespec(name)
        group = self.supervisord.process_groups[group_name]
        process = group.processes[process_name]
        return {
            'state': getEventListenerStateDescription(process.listener_state) or 'NONE',
            'pid': process.pid,
            'buffered': len(group.event_buffer),
        }


def make(supervisord, own_ticks='yes'):
    if own_ticks == 'no':
        supervisord.tick = lambda now=None: None
    return Ticker(supervisord)
