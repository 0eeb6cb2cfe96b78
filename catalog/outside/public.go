package outside

import "net/netip"

// special are the networks of the IANA special-purpose registries (RFC 6890 and its updates) that are not the public
// internet, or that carry another address inside which would have to be looked at as well.
var special = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // shared by carriers (RFC 6598)
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, and where clouds tell machines their secrets
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, broadcast
	"2001::/23",       // protocol assignments, Teredo among them
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4: an IPv4 address inside
	"3fff::/20",       // documentation
)

// global is all of IPv6 that has been given out for the public internet. What is outside of it, such as loopback,
// fc00::/7, fe80::/10, ff00::/8 and the NAT64 prefixes with an IPv4 address inside, is refused.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// public says whether an address is one of the public internet. An IPv4 address written as IPv6 is what it maps.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsValid() || ip.Zone() != "" || ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, network := range special {
		if network.Contains(ip) {
			return false
		}
	}
	return true
}

// OwnNetwork says whether a setting may open a network: only a private one. What is on the machine itself
// and beside it on the wire, where clouds keep their secrets, stays closed whatever is set.
func OwnNetwork(network netip.Prefix) bool {
	for _, private := range prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7") {
		if private.Overlaps(network) && network.Bits() >= private.Bits() {
			return true
		}
	}
	return false
}
