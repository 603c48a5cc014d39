package simulation

import "time"

// World says what is drawn. Make one with NewWorld; the zero World has no hosts.
type World struct {
	Name   string
	Seed   uint64
	Hosts  int
	Length time.Duration // for which each of them is looked at

	Repair      time.Duration // median time until somebody restarts by hand what is down; 0: nobody ever comes
	HungBoots   float64       // share of boots that never end, but for steady and blips
	SlowBoots   float64       // share of boots that take three times as long as they would
	HungOutages float64       // share of the processes that hang after an outage of what they depend on
	Hangs       float64       // factor on the number of hangs
	Blips       float64       // factor on the number of blips
	Flaps       float64       // factor on the length of the bad phases of flapping
	Outages     float64       // factor on the number of outages
	Only        string        // the one archetype that all groups are of; empty: the mix
	Storm       bool          // every group has all troubles many times a day: no world to measure in, but one that finds mistakes
}

// ServiceDaysPerHost is about how many service-days a host yields in one day.
const ServiceDaysPerHost = 22

// NewWorld is the usual world with this seed, of about so many service-days: ten days of as many hosts as it takes.
func NewWorld(seed uint64, serviceDays int) World {
	const days = 10
	return World{
		Name:        "usual",
		Seed:        seed,
		Hosts:       max(1, serviceDays/(days*ServiceDaysPerHost)),
		Length:      days * day,
		Repair:      4 * time.Hour,
		HungBoots:   0.01,
		HungOutages: 0.15,
		Hangs:       1,
		Blips:       1,
		Flaps:       1,
		Outages:     1,
	}
}

// Variants are this world and others that differ from it in one assumption each. A policy that is good in one of them
// alone was tuned to it.
func (w World) Variants() []World {
	return []World{
		w,
		w.with("10 % of boots hang", func(v *World) { v.HungBoots = 0.1 }),
		w.with("5 % of boots take thrice as long", func(v *World) { v.SlowBoots = 0.05 }),
		w.with("60 % of outages leave all hanging", func(v *World) { v.HungOutages = 0.6 }),
		w.with("hangs five times as frequent", func(v *World) { v.Hangs = 5 }),
		w.with("blips x10, flapping x5", func(v *World) { v.Blips, v.Flaps = 10, 5 }),
		w.with("no human ever comes", func(v *World) { v.Repair = 0 }),
	}
}

func (w World) with(name string, change func(*World)) World {
	change(&w)
	w.Name = name
	return w
}
