package history

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// scan reads the blocks of a file of samples that were there when it had this size, and hands on the contents of those that are whole, until it
// is told to stop. What is damaged is passed over. It returns where the last whole block ends.
func scan(file io.ReaderAt, size int64, each func(content []byte) error) (end int64, err error) {
	end = headerSize
	var content []byte
	for at := end; ; {
		blocks := bufio.NewReaderSize(io.NewSectionReader(file, at, size-at), chunk)
		for {
			if content, err = next(blocks, size-at, content); err != nil {
				break
			}
			at += int64(blockHead + len(content))
			end = at
			if err := each(content); err != nil {
				return end, err
			}
		}
		if at = seek(file, at+1, size); at >= size {
			return end, nil
		}
	}
}

// next reads a block, of at most so many bytes, into room if that is large enough.
func next(blocks *bufio.Reader, most int64, room []byte) ([]byte, error) {
	head, err := blocks.Peek(blockHead)
	if err != nil {
		return room, err
	}
	length, sum := binary.LittleEndian.Uint32(head[len(mark):]), binary.LittleEndian.Uint32(head[len(mark)+4:])
	if string(head[:len(mark)]) != mark || length > mostContent || int64(length) > most-int64(blockHead) {
		return room, errDamaged
	}
	if _, err := blocks.Discard(blockHead); err != nil {
		return room, err
	}
	if uint32(cap(room)) < length {
		room = make([]byte, length)
	}
	room = room[:length]
	if _, err := io.ReadFull(blocks, room); err != nil {
		return room, err
	}
	if crc32.Checksum(room, castagnoli()) != sum {
		return room, errDamaged
	}
	return room, nil
}

// seek returns where the next mark stands, size if there is none.
func seek(file io.ReaderAt, at, size int64) int64 {
	piece := make([]byte, chunk)
	for at < size {
		n, err := file.ReadAt(piece[:min(chunk, size-at)], at)
		if i := bytes.Index(piece[:n], []byte(mark)); i >= 0 {
			return at + int64(i)
		}
		if n < len(mark) || err != nil && err != io.EOF {
			return size
		}
		at += int64(n - len(mark) + 1)
	}
	return size
}
