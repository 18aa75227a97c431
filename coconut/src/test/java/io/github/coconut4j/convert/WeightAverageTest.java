package io.github.coconut4j.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.TinyDirectories;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.generate.HaltHead;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightAverageTest {

  private static final Path SHIPPED = Path.of("../models/prosqa-coconut");

  @TempDir private Path directory;

  private Path tiny(String name, long seed) throws IOException {
    Path model =
        TinyDirectories.write(
            directory.resolve(name), Architecture.LLAMA, "llama3", 266, seed % 2 == 0);
    Weights.initial(TransformerConfig.read(model), seed).write(model);
    return model;
  }

  private Path average(Path... models) throws IOException {
    Path saved = directory.resolve("average");
    try (CoconutModel average = WeightAverage.of(List.of(models))) {
      average.save(saved);
    }
    return saved;
  }

  /** The values of a file in their order, read without the library: they follow the header. */
  private static float[] values(Path model) throws IOException {
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(model.resolve("model.safetensors")))
            .order(ByteOrder.LITTLE_ENDIAN);
    file.position(Math.toIntExact(Long.BYTES + file.getLong()));
    float[] values = new float[file.remaining() / Float.BYTES];
    file.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  @Test
  void everyWeightIsTheMeanOfTheModelsWeights() throws IOException {
    Path first = tiny("a", 2);
    Path second = tiny("b", 4);

    float[] mean = values(average(first, second, second));

    float[] a = values(first);
    float[] b = values(second);
    assertThat(mean).hasSameSizeAs(a);
    for (int i = 0; i < mean.length; i++) {
      double expected = ((double) a[i] + b[i] + b[i]) / 3;
      assertThat((double) mean[i]).isFinite().isCloseTo(expected, within(2e-7));
    }
  }

  @Test
  void aModelIsItsOwnAverageWithoutTheStopSignal() throws IOException {
    Path learned = directory.resolve("learned");
    try (CoconutModel model = CoconutModel.open(SHIPPED)) {
      model.withHaltHead(model.getHaltHead()).save(learned);
    }

    Path saved = average(learned, SHIPPED);

    assertThat(values(saved)).isEqualTo(values(SHIPPED));
    assertThat(learned.resolve(HaltHead.FILE)).exists();
    assertThat(saved.resolve(HaltHead.FILE)).doesNotExist();
    TransformerConfig sizes = TransformerConfig.read(saved);
    assertThat(CoconutConfig.find(learned, sizes).orElseThrow().getHalt()).isEqualTo(Halt.LEARNED);
    assertThat(CoconutConfig.find(saved, sizes)).isEqualTo(CoconutConfig.find(SHIPPED, sizes));
  }

  @Test
  void modelsThatCannotBeAveragedAreRefused() throws IOException {
    Path first = tiny("a", 2);
    Path untied = tiny("untied", 1);
    Path tokens = tiny("tokens", 2);
    Path tokenizer = tokens.resolve("tokenizer.json");
    Files.writeString(tokenizer, Files.readString(tokenizer).replace("\"!\":", "\"!!!!\":"));
    Path method = directory.resolve("method");
    FileUtils.copyDirectory(SHIPPED.toFile(), method.toFile());
    Path described = method.resolve(CoconutConfig.FILE);
    Files.writeString(
        described, Files.readString(described).replace("\"coconut\"", "\"frontier\""));

    assertThatThrownBy(() -> WeightAverage.of(List.of(first)))
        .hasMessage("An average needs at least two models but has 1. Name more.");
    assertRefused(first, untied, "must have the first model's architecture");
    assertRefused(first, SHIPPED, "must have the first model's architecture");
    assertRefused(first, tokens, "must have the first model's tokens");
    assertRefused(SHIPPED, method, "must be of the first model's method, coconut, but found");
  }

  private static void assertRefused(Path first, Path other, String message) {
    assertThatThrownBy(() -> WeightAverage.of(List.of(first, other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(other.toString(), message, "Average models that continue");
  }
}
