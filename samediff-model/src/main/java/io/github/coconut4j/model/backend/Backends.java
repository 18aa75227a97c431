package io.github.coconut4j.model.backend;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The backends on the class path, found once. */
public final class Backends {

  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  private static final List<Backend> RANKED =
      ServiceLoader.load(Backend.class, Backends.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .sorted(Comparator.comparingInt(Backend::rank).reversed())
          .toList();

  private Backends() {}

  /** The available backend with the highest rank; the choice and its reason are logged. */
  public static Backend best() {
    Backend best = RANKED.stream().filter(Backends::isAvailable).findFirst().orElseThrow();
    LOG.info("Backend: {} ({}).", best.name(), reason(best));
    return best;
  }

  private static String reason(Backend chosen) {
    String others =
        RANKED.stream()
            .filter(other -> other.rank() > chosen.rank())
            .map(other -> other.name() + ": " + other.unavailableReason().orElse(""))
            .collect(Collectors.joining("; "));
    return others.isEmpty() ? "the first choice" : others;
  }

  /**
   * The available backend with the highest rank whose latent loop is fused.
   *
   * @throws IllegalStateException if there is none
   */
  public static Backend bestFused() {
    return RANKED.stream()
        .filter(backend -> backend.isFused() && isAvailable(backend))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "The fused latent loop needs a backend that has one, but "
                        + RANKED.stream()
                            .filter(Backend::isFused)
                            .flatMap(backend -> backend.unavailableReason().stream())
                            .collect(Collectors.joining("; "))
                        + ". Choose the unrolled loop, or AUTO."));
  }

  /**
   * The backend of a name.
   *
   * @throws IllegalArgumentException if there is none on the class path
   */
  public static Backend named(String name) {
    return RANKED.stream()
        .filter(backend -> backend.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "A backend must be one of "
                        + RANKED.stream().map(Backend::name).toList()
                        + ", those on the class path, but is "
                        + name
                        + "."));
  }

  private static boolean isAvailable(Backend backend) {
    Optional<String> reason = backend.unavailableReason();
    return reason.isEmpty();
  }
}
