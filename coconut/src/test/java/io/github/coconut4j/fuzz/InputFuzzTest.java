package io.github.coconut4j.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.tokenizer.TokenizerFormatException;
import io.github.coconut4j.data.tokenizer.UnknownTokenException;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.model.ModelFormatException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Whatever a file holds, it is read or refused with an exception of ours, and takes no more memory
 * than its size warrants. Headers of safetensors and YAML have fuzz tests of their own.
 */
class InputFuzzTest {

  private static final int TRIES = 1000;
  private static final int DEPTH = 10_000;

  /** What a reader may allocate: its buffers, and so many times the file's size. */
  private static final long BUFFERS = 16 << 20;

  private static final long TIMES = 200;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final Set<Class<? extends RuntimeException>> REFUSALS =
      Set.of(
          InvalidProblemException.class,
          TokenizerFormatException.class,
          UnknownTokenException.class,
          ModelFormatException.class);

  private static Path directory;

  @BeforeContainer
  static void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("fuzz");
    for (InputFormat format : InputFormat.values()) { // classes are loaded once, not counted
      format.read(directory, format.example());
    }
  }

  @AfterContainer
  static void deleteDirectory() throws IOException {
    AtomicDirectory.delete(directory);
  }

  @Property(tries = TRIES)
  void anyShapeIsReadOrRefused(@ForAll InputFormat format, @ForAll long seed) throws IOException {
    readOrRefuse(format, new RandomJson(seed, format.keys()).value());
  }

  @Property(tries = 3 * TRIES)
  void anEditedFileIsReadOrRefused(@ForAll InputFormat format, @ForAll long seed)
      throws IOException {
    readOrRefuse(format, new RandomJson(seed, format.keys()).edited(format.example()));
  }

  @Property
  void deepNestingIsReadOrRefused(@ForAll InputFormat format) throws IOException {
    String inside = format.example().substring(0, format.example().indexOf(':') + 1);
    for (String open : List.of("[", "{\"a\":", inside + "[")) {
      readOrRefuse(format, open + open.repeat(DEPTH));
      readOrRefuse(format, inside + open.repeat(DEPTH));
    }
  }

  private static void readOrRefuse(InputFormat format, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      format.read(directory, text);
    } catch (RuntimeException e) {
      if (!REFUSALS.contains(e.getClass())) {
        fail(format + " failed with " + e + " on: " + abbreviated(text), e);
      }
      assertThat(e.getMessage()).hasSizeGreaterThan(20);
    }
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
        .as(() -> format + " on " + abbreviated(text))
        .isLessThan(BUFFERS + TIMES * bytes.length);
  }

  private static String abbreviated(String text) {
    return text.length() <= 2000 ? text : text.substring(0, 2000) + "…";
  }
}
