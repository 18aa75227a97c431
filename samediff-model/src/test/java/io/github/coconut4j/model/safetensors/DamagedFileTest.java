package io.github.coconut4j.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.HuggingFaceFiles;
import io.github.coconut4j.model.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DamagedFileTest {

  private static final String ENTRY = "{'dtype':'F32','shape':[2,3],'data_offsets':[0,24]}";

  @TempDir Path directory;

  @Test
  void acceptsTheHeaderThatTheOthersDamage() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(write("{'a':" + ENTRY + "}  ", 24))) {
      assertThat(file.read("a").shape()).containsExactly(2, 3);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'a':{'dtype':'F33','shape':[2,3],'data_offsets':[0,24]}}         | F33",
        "{'a':{'dtype':4,'shape':[2,3],'data_offsets':[0,24]}}             | found 4",
        "{'a':{'shape':[2,3],'data_offsets':[0,24]}}                       | dtype",
        "{'a':{'dtype':null,'shape':[2,3],'data_offsets':[0,24]}}          | dtype",
        "{'a':{'dtype':'F32','shape':[2,4],'data_offsets':[0,24]}}         | [2, 4]",
        "{'a':{'dtype':'F32','shape':[2,-3],'data_offsets':[0,24]}}        | [2, -3]",
        "{'a':{'dtype':'F32','shape':[-2,-3],'data_offsets':[0,24]}}       | [-2, -3]",
        "{'a':{'dtype':'F32','shape':[2,3.5],'data_offsets':[0,24]}}       | 3.5",
        "{'a':{'dtype':'F32','shape':[2,null],'data_offsets':[0,24]}}      | null",
        "{'a':{'dtype':'F32','shape':[[2],3],'data_offsets':[0,24]}}       | START_ARRAY",
        "{'a':{'dtype':'F32','shape':['2',3],'data_offsets':[0,24]}}       | String",
        "{'a':{'dtype':'F32','shape':null,'data_offsets':[0,24]}}          | shape",
        "{'a':{'dtype':'F32','data_offsets':[0,24]}}                       | shape",
        "{'a':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,0]}} | 46116860",
        "{'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,24]}} | 9999999999",
        "{'a':{'dtype':'F32','shape':[2,3],'data_offsets':[0,28]}}         | [0, 28]",
        "{'a':{'dtype':'F32','shape':[2,3],'data_offsets':[-8,16]}}        | [-8, 16]",
        "{'a':{'dtype':'F32','shape':[2,3],'data_offsets':[24,0]}}         | [24, 0]",
        "{'a':{'dtype':'F32','shape':[2,3],'data_offsets':[24]}}           | [24]",
        "{'a':{'dtype':'F32','shape':[2,3]}}                               | data_offsets",
        "{'a':{'dtype':'F32','shape':[5],'data_offsets':[4,24]}}           | byte 0",
        "{'a':{'dtype':'F32','shape':[5],'data_offsets':[0,20]}}           | 24 bytes",
        "{'a':{'dtype':'F32','shape':[2,3],'data_offsets':[0,24],'x':1}}   | x",
        "{'a':[1]}                                                         | START_ARRAY",
        "{'a':7}                                                           | VALUE_NUMBER_INT",
        "{'a':null}                                                        | VALUE_NULL",
        "{'__metadata__':{'format':[]}}                                    | START_ARRAY",
        "{'__metadata__':'pt'}                                             | VALUE_STRING",
        "{'a':                                                             | end-of-input",
        "[]                                                                | another value",
        "{} {}                                                             | more text",
        "nothing                                                           | nothing",
      })
  void refusesHeadersThatBreakTheFormat(String header, String found) throws IOException {
    Path file = write(header, 24);

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(
            "damaged.safetensors", "must", found, "download or write it again");
  }

  @Test
  void refusesTensorsThatOverlap() throws IOException {
    String other = "{'dtype':'F32','shape':[3],'data_offsets':[12,24]}";
    Path file = write("{'a':" + ENTRY + ",'b':" + other + "}", 24);

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("'b'", "begin at byte 24", "12");
  }

  @Test
  void refusesDuplicateNames() throws IOException {
    Path file = write("{'a':" + ENTRY + ",'a':" + ENTRY + "}", 24);

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("Duplicate field 'a'");
  }

  @Test
  void refusesDeepNesting() throws IOException {
    Path file = write("{'a':" + "[".repeat(200_000), 0);

    assertThatThrownBy(() -> SafetensorsFile.open(file)).isInstanceOf(ModelFormatException.class);
  }

  @Test
  void refusesShapesOfAbsurdRank() throws IOException {
    String shape = "1,".repeat(100_000) + "1";
    Path file = write("{'a':{'dtype':'U8','shape':[" + shape + "],'data_offsets':[0,1]}}", 1);

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("32 dimensions", "100001")
        .hasMessageNotContaining("1, 1, 1");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 1, 17, 100_000_001, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE})
  void refusesAbsurdHeaderLengths(long length) throws IOException {
    byte[] header = "{}            ".getBytes(StandardCharsets.UTF_8);
    Path file =
        Files.write(directory.resolve("damaged.safetensors"), RawFile.bytes(length, header, 2));

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("damaged.safetensors", Long.toUnsignedString(length));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 8, 100, 3000, 19_689})
  void refusesFilesCutShort(int bytes) throws IOException {
    byte[] whole = Files.readAllBytes(HuggingFaceFiles.path("types.safetensors"));
    assertThat(whole).hasSizeGreaterThan(bytes);
    Path file = Files.write(directory.resolve("cut.safetensors"), Arrays.copyOf(whole, bytes));

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("cut.safetensors");
  }

  @Test
  void refusesFilesThatAreTooLong() throws IOException {
    byte[] whole = Files.readAllBytes(HuggingFaceFiles.path("types.safetensors"));
    Path file = directory.resolve("long.safetensors");
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));

    assertThatThrownBy(() -> SafetensorsFile.open(file)).isInstanceOf(ModelFormatException.class);
  }

  private Path write(String header, int dataBytes) throws IOException {
    Path file = directory.resolve("damaged.safetensors");
    return Files.write(file, RawFile.bytes(header.replace('\'', '"'), dataBytes));
  }
}
