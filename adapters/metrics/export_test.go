package metrics

// Names are those of all metrics there are, but for the parts of the histogram.
func Names() []string {
	all := []string{prefix + "build_info", prefix + "probe_duration_seconds", prefix + ofCause.name}
	for _, f := range ofListener {
		all = append(all, prefix+f.name)
	}
	for _, f := range ofProcess {
		all = append(all, prefix+f.name)
	}
	for _, f := range ofVerdict {
		all = append(all, prefix+f.name)
	}
	for _, f := range ofMeasured {
		all = append(all, prefix+f.name)
	}
	return all
}
