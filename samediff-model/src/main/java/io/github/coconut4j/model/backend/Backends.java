package io.github.coconut4j.model.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lombok.extern.slf4j.Slf4j;

/** The backends on the class path, found once. */
@Slf4j
public final class Backends {

  private static final String REMEDY =
      " Backends are named in META-INF/services/"
          + Backend.class.getName()
          + ": a jar made of several must have the lines of all of them.";

  private static final List<Backend> RANKED = ranked(Backends.class.getClassLoader());

  private Backends() {}

  /**
   * The backends that a class loader finds, highest rank first. One that cannot be instantiated, or
   * has the same name as a higher one, is left out with a warning, so that it does not affect the
   * others.
   */
  static List<Backend> ranked(ClassLoader loader) {
    List<Backend> ranked = found(loader);
    ranked.sort(Comparator.comparingInt(Backend::rank).reversed());
    for (int i = ranked.size() - 1; i >= 0; i--) {
      Backend each = ranked.get(i);
      if (ranked.subList(0, i).stream().anyMatch(other -> other.name().equals(each.name()))) {
        log.warn("{} is left out: a better backend is named {} too.", each.getClass(), each.name());
        ranked.remove(i);
      }
    }
    return List.copyOf(ranked);
  }

  private static List<Backend> found(ClassLoader loader) {
    List<Backend> found = new ArrayList<>();
    Iterator<Backend> services = ServiceLoader.load(Backend.class, loader).iterator();
    for (boolean more = true; more; ) {
      try {
        more = services.hasNext();
        if (more) {
          found.add(services.next());
        }
      } catch (ServiceConfigurationError e) {
        log.warn("A backend is left out, since it cannot be made: {}", causes(e));
      }
    }
    return found;
  }

  private static String causes(Throwable e) {
    return Stream.iterate(e, Objects::nonNull, Throwable::getCause)
        .map(String::valueOf)
        .collect(Collectors.joining("; caused by "));
  }

  /** The backends on the class path, highest rank first. */
  static List<Backend> all() {
    return RANKED;
  }

  /**
   * The available backend with the highest rank, on a device that {@link Devices} allows; the
   * choice and its reason are logged.
   *
   * @throws IllegalStateException if there is none
   */
  public static Backend best() {
    Backend best = first(backend -> true, "A model needs a backend");
    log.info("Backend: {} ({}).", best.name(), reason(best));
    return best;
  }

  private static String reason(Backend chosen) {
    String others = reasons(other -> other.rank() > chosen.rank() && Devices.allow(other));
    return others.isEmpty() ? "the first choice" : others;
  }

  /**
   * The available backend with the highest rank, on a device that {@link Devices} allows, whose
   * latent loop is fused.
   *
   * @throws IllegalStateException if there is none
   */
  public static Backend bestFused() {
    return first(Backend::isFused, "The fused latent loop needs a backend that has one");
  }

  private static Backend first(Predicate<Backend> suits, String requirement) {
    return RANKED.stream()
        .filter(suits.and(Devices::allow))
        .filter(backend -> unavailableReason(backend).isEmpty())
        .findFirst()
        .orElseThrow(() -> none(requirement, reasons(suits)));
  }

  private static IllegalStateException none(String requirement, String reasons) {
    return new IllegalStateException(
        reasons.isEmpty()
            ? requirement + ", but none is on the class path." + REMEDY
            : requirement + ", but none can be used: " + reasons + ". Choose the unrolled loop.");
  }

  private static String reasons(Predicate<Backend> suits) {
    return RANKED.stream()
        .filter(suits)
        .map(backend -> backend.name() + ": " + unavailableReason(backend).orElse(""))
        .collect(Collectors.joining("; "));
  }

  /** Why a backend cannot be used. A backend that throws here cannot be used either. */
  static Optional<String> unavailableReason(Backend backend) {
    try {
      return backend.unavailableReason();
    } catch (LinkageError | RuntimeException e) {
      return Optional.of("it fails with " + e);
    }
  }

  /**
   * The backend with a name.
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
                        + "."
                        + REMEDY));
  }

  /**
   * The backend with a name that a graph contains, checked to be usable.
   *
   * @throws IllegalArgumentException if there is none on the class path
   * @throws IllegalStateException if it cannot be used on this machine
   */
  public static Backend available(String name) {
    Backend backend = named(name);
    requireAvailable(backend);
    return backend;
  }

  /**
   * The device arrays of a backend; {@link DeviceArrays#NONE} if it is missing or cannot be used.
   */
  public static DeviceArrays deviceArrays(String name) {
    return RANKED.stream()
        .filter(backend -> backend.name().equals(name) && unavailableReason(backend).isEmpty())
        .findFirst()
        .map(Backend::deviceArrays)
        .orElse(DeviceArrays.NONE);
  }

  /**
   * Rejects a backend that graphs could not find by its name.
   *
   * @throws IllegalArgumentException if it is not on the class path
   * @throws IllegalStateException if it cannot be used on this machine
   */
  static void requireService(Backend backend) {
    Backend found = named(backend.name());
    if (found.getClass() != backend.getClass()) {
      throw new IllegalArgumentException(
          "A backend must be the one of its name, but "
              + backend.name()
              + " is the name of "
              + found.getClass().getName()
              + " and of "
              + backend.getClass().getName()
              + ". Give the latter another name.");
    }
    requireAvailable(backend);
  }

  private static void requireAvailable(Backend backend) {
    unavailableReason(backend)
        .ifPresent(
            reason -> {
              throw new IllegalStateException(
                  "A backend must be available to compute, but "
                      + backend.name()
                      + " is not: "
                      + reason
                      + ". Choose another one.");
            });
  }
}
