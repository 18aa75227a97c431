package io.github.coconut4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import lombok.RequiredArgsConstructor;

/**
 * Checks, before ND4J's CUDA backend starts, whether it supports a GPU of this machine. ND4J itself
 * would fail with a stack trace or, on a newer GPU, with an error at the first operation.
 */
@RequiredArgsConstructor
final class CudaBackend {

  private static final String BACKEND = "org.nd4j.linalg.jcublas.JCublasBackend";

  /** Lowest and highest compute capability for which ND4J 1.0.0-M2.1 contains machine code. */
  private static final double LOWEST = 3.7;

  /** Code for 8.6 runs on 8.9; there is none for 9.0 and no PTX to compile it from. */
  private static final double HIGHEST = 8.9;

  /** ND4J's property that prefers the CPU backend if there are two. */
  private static final String CPU_FIRST = "BACKEND_PRIORITY_CPU";

  /** One line per GPU: name, compute capability; as {@code nvidia-smi} prints them. */
  private final List<String> gpus;

  /** Whether the CUDA backend is on the class path and the CPU's is not preferred. */
  static boolean isChosen() {
    if (System.getenv(CPU_FIRST) != null) {
      return false;
    }
    try {
      Class.forName(BACKEND, false, CudaBackend.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Lists the GPUs that the driver knows; none without a driver. */
  static CudaBackend ofThisMachine() {
    try {
      Process query =
          new ProcessBuilder("nvidia-smi", "--query-gpu=name,compute_cap", "--format=csv,noheader")
              .redirectErrorStream(true)
              .start();
      String output = new String(query.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new CudaBackend(query.waitFor() == 0 ? output.lines().toList() : List.of());
    } catch (IOException e) {
      return new CudaBackend(List.of()); // no such program, hence no driver
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new CudaBackend(List.of());
    }
  }

  /** Why the backend cannot be used and how to use the CPU instead; empty if it can. */
  Optional<String> problem() {
    if (gpus.stream().anyMatch(CudaBackend::isServed)) {
      return Optional.empty();
    }
    String found =
        gpus.isEmpty()
            ? "no GPU, or no driver for it"
            : gpus.stream().map(String::strip).collect(Collectors.joining("; "));
    return Optional.of(
        "ND4J's CUDA backend (nd4j-cuda-11.6, 1.0.0-M2.1) needs a GPU of compute capability "
            + LOWEST
            + " to "
            + HIGHEST
            + " but nvidia-smi found "
            + found
            + ". Go back to the CPU: start without COCONUT4J_BACKEND, or build without -Pcuda.");
  }

  private static boolean isServed(String gpu) {
    String capability = gpu.substring(gpu.lastIndexOf(',') + 1).strip();
    if (!capability.matches("\\d+\\.\\d+")) {
      return false;
    }
    double number = Double.parseDouble(capability);
    return number >= LOWEST && number <= HIGHEST;
  }
}
