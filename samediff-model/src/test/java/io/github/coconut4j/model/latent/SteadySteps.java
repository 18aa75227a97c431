package io.github.coconut4j.model.latent;

import java.io.IOException;

/** Prints by how many KiB a thousand steps, after five hundred others, grow the process. */
final class SteadySteps {

  private SteadySteps() {}

  public static void main(String[] arguments) throws IOException {
    LatentBatch first = Batches.of(11, 1, "wwwwww**wll.", ".wwwww*wllll");
    LatentBatch second = Batches.of(11, 2, "www***wll");
    try (LatentTransformer model = ResidentMemory.model()) {
      steps(model, 500, first, second);
      int before = ResidentMemory.kib();
      steps(model, 1000, first, second);
      System.out.println(ResidentMemory.kib() - before);
    }
  }

  private static void steps(LatentTransformer model, int count, LatentBatch... batches) {
    for (int step = 0; step < count; step++) {
      model.gradients(batches[step % batches.length]).close();
    }
  }
}
