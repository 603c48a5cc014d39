package metrics

import _ "embed"

// Alerts are rules for Prometheus, as a file.
//
//go:embed alerts.yml
var Alerts string

// Dashboard is one for Grafana, as a file. Which source of data it shows is chosen there.
//
//go:embed dashboard.json
var Dashboard string
