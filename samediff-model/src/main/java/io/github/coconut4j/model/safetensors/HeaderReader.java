package io.github.coconut4j.model.safetensors;

import io.github.coconut4j.files.LfsPointer;
import io.github.coconut4j.model.ModelFormatException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** Finds a file's header, and rejects an impossible one before memory is allocated for it. */
final class HeaderReader {

  /** "PK" and two version bytes: a zip archive, as {@code torch.save} writes. */
  private static final int ZIP_MAGIC = 0x04034b50;

  /** First byte of a Python pickle, as {@code torch.save} wrote before version 1.6. */
  private static final int PICKLE_MAGIC = 0x80;

  private final Path file;
  private final PositionedReader reader;

  HeaderReader(Path file, PositionedReader reader) {
    this.file = file;
    this.reader = reader;
  }

  Header read() throws IOException {
    long fileBytes = reader.size();
    if (fileBytes < Header.PREFIX_BYTES) {
      throw problem(file.toString(), "must begin with 8 bytes", fileBytes + " bytes");
    }
    ByteBuffer prefix = bytes(0, Header.PREFIX_BYTES);
    long length = prefix.getLong(0);
    if (length < 2 || length > Math.min(Header.MAX_BYTES, fileBytes - Header.PREFIX_BYTES)) {
      LfsPointer.refuse(file, ModelFormatException::new);
      throw isPickle(prefix) ? pickle() : badLength(length, fileBytes);
    }
    byte[] json = bytes(Header.PREFIX_BYTES, (int) length).array();
    long dataBytes = fileBytes - Header.PREFIX_BYTES - length;
    return new HeaderParser(file, dataBytes).parse(json);
  }

  private ByteBuffer bytes(long position, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    if (!reader.fill(buffer, position)) {
      throw new EOFException(file + " became shorter while it was read. Copy it again.");
    }
    return buffer;
  }

  private static boolean isPickle(ByteBuffer prefix) {
    return prefix.getInt(0) == ZIP_MAGIC || (prefix.get(0) & 0xff) == PICKLE_MAGIC;
  }

  private ModelFormatException badLength(long length, long fileBytes) {
    return problem(
        "The header of " + file,
        "must have between 2 and 100000000 bytes and lie within the file's " + fileBytes,
        "a length of " + Long.toUnsignedString(length));
  }

  private ModelFormatException pickle() {
    return new ModelFormatException(
        file.toString(),
        "must be a safetensors file",
        "one that torch.save wrote, which can run code when it is opened",
        "Convert it with Python: safetensors.torch.save_file(torch.load(file, weights_only=True),"
            + " target).");
  }

  private static ModelFormatException problem(String subject, String requirement, String found) {
    return new ModelFormatException(subject, requirement, found, Header.REMEDY);
  }
}
