package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.internal.Arguments;
import java.util.List;
import java.util.Optional;

/**
 * The choice of this process among the backends' devices, as used by {@link Backends#best}.
 * Existing models keep their device.
 */
public final class Devices {

  private static final String MODULE =
      "the module coconut-cuda is not on the class path: on Linux with an x86-64 processor, add its"
          + " dependency, or give ./coconut4j the option --device cuda (docs/Cuda.md)";

  private static volatile DeviceChoice choice = DeviceChoice.AUTO;

  private Devices() {}

  /**
   * Sets the choice for models made from now on.
   *
   * @throws IllegalArgumentException if it is null, or {@link DeviceChoice#CUDA} and no GPU can be
   *     used; the message has the reason and the remedy
   */
  public static void choose(DeviceChoice chosen) {
    Arguments.requireNonNull(chosen, "chosen", "Choose one, such as DeviceChoice.AUTO.");
    if (chosen == DeviceChoice.CUDA) {
      problem(Backends.all())
          .ifPresent(
              problem -> {
                throw new IllegalArgumentException(
                    "The device cuda needs an NVIDIA GPU that can be used, but "
                        + problem
                        + ". Or choose the device cpu.");
              });
    }
    choice = chosen;
  }

  /** Whether a backend's device may be chosen. */
  static boolean allow(Backend backend) {
    return choice == DeviceChoice.AUTO || choice == backend.deviceKind();
  }

  /** Why no GPU backend can be used; empty if one can. */
  static Optional<String> problem(List<Backend> backends) {
    List<Backend> gpus =
        backends.stream().filter(backend -> backend.deviceKind() == DeviceChoice.CUDA).toList();
    if (gpus.isEmpty()) {
      return Optional.of(MODULE);
    }
    List<Optional<String>> reasons = gpus.stream().map(Backends::unavailableReason).toList();
    return reasons.stream().anyMatch(Optional::isEmpty) ? Optional.empty() : reasons.get(0);
  }

  /**
   * The chosen device and the reason, in one line; empty if there is no GPU backend, and thus no
   * choice.
   */
  public static Optional<String> report() {
    return report(Backends.all(), choice);
  }

  static Optional<String> report(List<Backend> backends, DeviceChoice chosen) {
    Optional<Backend> gpu =
        backends.stream().filter(backend -> backend.deviceKind() == DeviceChoice.CUDA).findFirst();
    if (gpu.isEmpty()) {
      return Optional.empty();
    }
    if (chosen == DeviceChoice.CPU) {
      return Optional.of("Device: cpu, as chosen.");
    }
    return Optional.of(
        problem(backends)
            .map(problem -> "Device: cpu, since " + problem + ".")
            .orElseGet(() -> "Device: cuda, " + gpu.get().deviceDescription() + "."));
  }
}
