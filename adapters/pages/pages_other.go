//go:build !linux

package pages

func release() {}
