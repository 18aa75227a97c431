package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByteOrderMarkTest {

  private static final Path SHIPPED = Path.of("../models/prosqa-coconut");
  private static final String QUESTION =
      "Every gorpus is a zumpus. Sally is a gorpus. Is Sally a zumpus or hilpus?";

  /** An editor may have put one before the JSON of every file of a model. */
  @Test
  void isNoPartOfAModelsFiles(@TempDir Path copy) throws IOException {
    int marked = 0;
    try (Stream<Path> files = Files.list(SHIPPED)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(file.getFileName().toString());
        if (file.toString().endsWith(".json")) {
          Files.writeString(target, "\ufeff" + Files.readString(file));
          marked++;
        } else {
          Files.copy(file, target);
        }
      }
    }
    assertThat(marked).isGreaterThanOrEqualTo(4);
    try (CoconutModel expected = CoconutModel.open(SHIPPED);
        CoconutModel model = CoconutModel.open(copy)) {
      assertThat(model.generate(QUESTION)).isEqualTo(expected.generate(QUESTION));
    }
  }
}
