module supervisor-healthcheck

go 1.26.0
