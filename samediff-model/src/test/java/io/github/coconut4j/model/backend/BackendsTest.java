package io.github.coconut4j.model.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.loop.Device;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Backends of other libraries, good and bad ones, beside our own. */
class BackendsTest {

  private static final TransformerConfig CONFIG =
      TransformerConfig.builder().vocabSize(5).nPositions(4).nEmbd(4).nLayer(1).nHead(1).build();

  /** Better than all others, but not here. */
  public static class Unavailable extends DeviceBackend {

    @Override
    public String name() {
      return "unavailable";
    }

    @Override
    public int rank() {
      return 1000;
    }

    @Override
    public Optional<String> unavailableReason() {
      return Optional.of("nothing can be computed on it");
    }

    @Override
    public Optional<String> unsupportedReason(Precision precision) {
      return Optional.empty();
    }

    @Override
    public Device device(TransformerConfig config, Precision precision) {
      throw new AssertionError("It is not available.");
    }

    @Override
    public TokenTable tokenTable(DataType type, long vocabulary, long width) {
      throw new AssertionError("It is not available.");
    }

    @Override
    public OptimizerStep optimizerStep() {
      throw new AssertionError("It is not available.");
    }
  }

  /** Its native library is missing, which it finds out too late. */
  public static final class Failing extends Unavailable {

    @Override
    public String name() {
      return "failing";
    }

    @Override
    public Optional<String> unavailableReason() {
      throw new UnsatisfiedLinkError("no such library");
    }
  }

  /** Cannot be made. */
  public static final class Broken extends Unavailable {

    /** For the service loader, which reports the failure. */
    public Broken() {
      throw new IllegalStateException("broken");
    }
  }

  /** Takes the name of another, with a lower rank. */
  public static final class Namesake extends Unavailable {

    @Override
    public String name() {
      return "onednn";
    }

    @Override
    public int rank() {
      return 1;
    }

    @Override
    public Optional<String> unavailableReason() {
      return Optional.empty();
    }
  }

  @Test
  void theBestIsAvailable() {
    assertThat(Backends.best().name()).isEqualTo("onednn");
    assertThat(Backends.bestFused().name()).isEqualTo("onednn");
  }

  @Test
  void anUnknownNameIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> Backends.named("cuda"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("onednn", "nd4j", "but is cuda", "META-INF/services");
  }

  @Test
  void oneThatIsNotAvailableMakesNoModel() {
    assertNoModel(Backends.named("unavailable"), "nothing can be computed on it");
    assertNoModel(Backends.named("failing"), "no such library");
  }

  @Test
  void oneThatIsNoServiceMakesNoModel() {
    assertNoModel(new Namesake(), "name of");
    assertNoModel(
        new Unavailable() {
          @Override
          public String name() {
            return "unknown";
          }
        },
        "must be one of");
  }

  private static void assertNoModel(Backend backend, String reason) {
    Weights weights = Weights.initial(CONFIG, 1);
    assertThatThrownBy(() -> LatentTransformer.create(CONFIG, weights, backend, Precision.FLOAT32))
        .isInstanceOfAny(IllegalArgumentException.class, IllegalStateException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void brokenOnesAndNamesakesDoNotStopTheOthers(@TempDir Path directory) throws IOException {
    Path services = directory.resolve("META-INF/services/" + Backend.class.getName());
    Files.createDirectories(services.getParent());
    Files.write(
        services, List.of(Broken.class.getName(), "no.such.Backend", Namesake.class.getName()));
    URL[] urls = {directory.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(urls, BackendsTest.class.getClassLoader())) {
      assertThat(Backends.ranked(loader).stream().map(Backend::name))
          .containsExactly("unavailable", "failing", "onednn", "nd4j", "plain-java");
      assertThat(Backends.ranked(loader)).noneMatch(Namesake.class::isInstance);
    }
  }
}
