package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.spi.SLF4JServiceProvider;

class FirstTrainingTest {

  @Test
  void leavesAModelDirectory(@TempDir Path directory) throws IOException {
    FirstTraining.main(new String[] {directory.toString()});

    for (String file : new String[] {"config.json", "model.safetensors", "tokenizer.json"}) {
      assertTrue(Files.exists(directory.resolve("model").resolve(file)), file);
    }
  }

  /** What a program logs, and where, is its own choice; logback by itself prints all of it. */
  @Test
  void bringsNoLogger() {
    assertTrue(ServiceLoader.load(SLF4JServiceProvider.class).findFirst().isEmpty());
  }

  /** ND4J names an older one, with which oneDNN does not load. */
  @Test
  void hasTheJavaCppOfCoconut4j() throws IOException {
    assertEquals("1.5.14", Loader.getVersion("org.bytedeco", "javacpp"));
  }
}
