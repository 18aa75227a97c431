package io.github.coconut4j.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.ModelFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Whatever a file holds, it is read within its bounds or refused with a message. */
class HeaderFuzzTest {

  private static final String[] TOKENS = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "-1",
    "0",
    "9223372036854775807",
    "1e400",
    "null",
    "F64",
    "\"shape\":",
    "\"__metadata__\":",
    "\\u0000",
    "[[[[[[[[",
    "0.5",
    "\u00e9"
  };

  private static Path file;
  private static FileChannel content;
  private static byte[] valid;
  private static int headerLength;

  @BeforeContainer
  static void readValidFile() throws IOException {
    file = Files.createTempFile("fuzz", ".safetensors");
    valid = smallFile();
    content = FileChannel.open(file, StandardOpenOption.WRITE);
    headerLength = (int) ByteBuffer.wrap(valid).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
  }

  private static byte[] smallFile() throws IOException {
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    tensors.put("matrix", Nd4j.ones(2, 3));
    tensors.put("scalar", Nd4j.scalar(2.0));
    tensors.put("half", Nd4j.ones(4).castTo(DataType.FLOAT16));
    SafetensorsWriter.write(file, tensors, Map.of("format", "pt"));
    return Files.readAllBytes(file);
  }

  @AfterContainer
  static void deleteFile() throws IOException {
    content.close();
    Files.delete(file);
  }

  @Property(tries = 2000)
  void survivesChangedBytes(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] bytes = valid.clone();
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      bytes[random.nextInt(8 + headerLength)] = (byte) random.nextInt(256);
    }
    openAndReadAll(bytes);
  }

  @Property(tries = 2000)
  void survivesInsertedText(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder header =
        new StringBuilder(new String(valid, 8, headerLength, StandardCharsets.UTF_8));
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int begin = random.nextInt(header.length());
      int end = Math.min(header.length(), begin + random.nextInt(6));
      header.replace(begin, end, TOKENS[random.nextInt(TOKENS.length)]);
    }
    openAndReadAll(RawFile.bytes(header.toString(), valid.length - 8 - headerLength));
  }

  @Property(tries = 2000)
  void survivesAnyNumbers(@ForAll("entries") List<String> entries) throws IOException {
    openAndReadAll(RawFile.bytes("{" + String.join(",", entries) + "}", 64));
  }

  @Provide
  Arbitrary<List<String>> entries() {
    Arbitrary<Long> sizes =
        Arbitraries.frequencyOf(
            Tuple.of(9, Arbitraries.longs().between(0, 9)), Tuple.of(1, Arbitraries.longs()));
    Arbitrary<Long> offsets =
        Arbitraries.frequencyOf(
            Tuple.of(9, Arbitraries.of(0L, 8L, 16L, 24L, 32L, 64L)),
            Tuple.of(1, Arbitraries.longs()));
    return Combinators.combine(
            Arbitraries.of("a", "b", "c", "d"),
            Arbitraries.of("F64", "F32", "F16", "BF16", "I64", "BOOL"),
            sizes.list().ofMaxSize(4),
            offsets.list().ofSize(2))
        .as(
            (name, type, shape, place) ->
                "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
                    .formatted(name, type, shape, place))
        .list()
        .ofMaxSize(4);
  }

  private static void openAndReadAll(byte[] bytes) throws IOException {
    // Kept open: truncating and closing a file each time would take most of the test's time.
    content.write(ByteBuffer.wrap(bytes), 0);
    content.truncate(bytes.length);
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      for (String name : opened.names()) {
        long elements = Arrays.stream(opened.shape(name)).reduce(1, Math::multiplyExact);
        assertThat(elements).isLessThanOrEqualTo(valid.length);
        readIfOfFloatingPoint(opened, name, elements);
      }
    } catch (ModelFormatException e) {
      assertThat(e).hasMessageContainingAll(file.toString(), "must", "but found");
    }
  }

  private static void readIfOfFloatingPoint(SafetensorsFile opened, String name, long elements)
      throws IOException {
    try {
      assertThat(opened.read(name).length()).isEqualTo(elements);
    } catch (ModelFormatException e) {
      assertThat(e).hasMessageContaining("F32, F16, BF16 or F64");
    }
  }
}
