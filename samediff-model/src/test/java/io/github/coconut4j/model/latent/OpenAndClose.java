package io.github.coconut4j.model.latent;

import java.io.IOException;

/** Prints by how many KiB a hundred models, opened, used and closed, grow the process. */
final class OpenAndClose {

  private OpenAndClose() {}

  public static void main(String[] arguments) throws IOException {
    LatentBatch batch = Batches.of(11, 1, "wwwwww**wll.", ".wwwww*wllll");
    LatentBatch prompts = Batches.of(11, 2, "www***w");
    openAndClose(60, batch, prompts);
    int before = ResidentMemory.kib();
    openAndClose(100, batch, prompts);
    System.out.println(ResidentMemory.kib() - before);
  }

  private static void openAndClose(int times, LatentBatch batch, LatentBatch prompts) {
    for (int i = 0; i < times; i++) {
      try (LatentTransformer model = ResidentMemory.model()) {
        model.gradients(batch).close();
        try (Decoder decoder = model.decoder(prompts, 2)) {
          decoder.advance(new int[] {1});
        }
      }
    }
  }
}
