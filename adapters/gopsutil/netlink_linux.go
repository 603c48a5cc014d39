package gopsutil

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// kernelSocket is a TCP socket that listens, as sock_diag(7) tells it.
type kernelSocket struct {
	address netip.AddrPort
	inode   uint32
}

// reachable reports whether 127.0.0.1 or ::1 leads to the socket.
func (s kernelSocket) reachable() bool {
	address := s.address.Addr().Unmap()
	return address.IsUnspecified() || address == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || address == netip.IPv6Loopback()
}

// The layouts of linux/netlink.h and linux/inet_diag.h, of which golang.org/x/sys has but the first.
const (
	headerSize  = unix.SizeofNlMsghdr
	requestSize = headerSize + 56 // struct inet_diag_req_v2
	messageSize = headerSize + 72 // struct inet_diag_msg

	familyAt  = headerSize
	portAt    = headerSize + 4
	addressAt = headerSize + 8
	inodeAt   = headerSize + 68

	tcpListen = 10 // the state, also in /proc/net/tcp
)

// answerSize is the room for a part of an answer: the kernel makes none larger than asked for.
const answerSize = 16 << 10

// listeningSockets asks the kernel for the TCP sockets of this network namespace that listen on a port, on any for 0. It needs
// no privilege. Where the kernel does not tell, or a sandbox does not let us ask, it fails.
func listeningSockets(port uint16) (found []kernelSocket, err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	patience := unix.Timeval{Sec: 1} // the kernel answers at once, or it is none of ours
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &patience); err != nil {
		return nil, err
	}
	buf := make([]byte, answerSize)
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		if err := unix.Sendto(fd, listenRequest(family, port), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return nil, err
		}
		for done := false; !done; {
			n, _, err := unix.Recvfrom(fd, buf, 0)
			if err != nil {
				return nil, err
			}
			if found, done, err = readSockets(buf[:n], found); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// listenRequest asks for all sockets of the family that listen, on that port alone if it is not 0.
func listenRequest(family byte, port uint16) []byte {
	request := make([]byte, requestSize)
	binary.NativeEndian.PutUint32(request, requestSize)
	binary.NativeEndian.PutUint16(request[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(request[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	request[familyAt], request[familyAt+1] = family, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(request[familyAt+4:], 1<<tcpListen)
	binary.BigEndian.PutUint16(request[familyAt+8:], port)
	return request
}

// readSockets appends the sockets that a part of an answer tells; done says that it was the last.
func readSockets(answer []byte, found []kernelSocket) (more []kernelSocket, done bool, err error) {
	for len(answer) > 0 {
		if len(answer) < headerSize {
			return found, false, errFormat
		}
		size := int(binary.NativeEndian.Uint32(answer))
		if size < headerSize || size > len(answer) {
			return found, false, errFormat
		}
		switch message := answer[:size]; binary.NativeEndian.Uint16(message[4:]) {
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			return found, true, failure(message)
		case unix.SOCK_DIAG_BY_FAMILY:
			s, err := readSocket(message)
			if err != nil {
				return found, false, err
			}
			found = append(found, s)
		}
		answer = answer[min(len(answer), (size+unix.NLMSG_ALIGNTO-1)&^(unix.NLMSG_ALIGNTO-1)):]
	}
	return found, false, nil
}

// failure is the error, negative, at the beginning of the last message; 0 is none.
func failure(message []byte) error {
	if len(message) < headerSize+4 {
		return errFormat
	}
	if code := int32(binary.NativeEndian.Uint32(message[headerSize:])); code < 0 {
		return unix.Errno(-int64(code))
	}
	return nil
}

func readSocket(message []byte) (kernelSocket, error) {
	if len(message) < messageSize {
		return kernelSocket{}, errFormat
	}
	var address netip.Addr
	switch message[familyAt] {
	case unix.AF_INET:
		address = netip.AddrFrom4([4]byte(message[addressAt:]))
	case unix.AF_INET6:
		address = netip.AddrFrom16([16]byte(message[addressAt:]))
	default:
		return kernelSocket{}, errFormat
	}
	port := binary.BigEndian.Uint16(message[portAt:])
	return kernelSocket{netip.AddrPortFrom(address, port), binary.NativeEndian.Uint32(message[inodeAt:])}, nil
}
