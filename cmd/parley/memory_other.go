//go:build !linux

package main

// unmapStart is for systems that say what is mapped.
func unmapStart() {}
