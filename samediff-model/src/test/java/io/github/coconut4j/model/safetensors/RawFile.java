package io.github.coconut4j.model.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a file's three parts as they are given, right or wrong. */
final class RawFile {

  private RawFile() {}

  static Path write(Path target, long headerLength, byte[] header, int dataBytes)
      throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(headerLength)
            .put(header);
    return Files.write(target, bytes.array());
  }

  static Path write(Path target, String header, int dataBytes) throws IOException {
    byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
    return write(target, bytes.length, bytes, dataBytes);
  }
}
