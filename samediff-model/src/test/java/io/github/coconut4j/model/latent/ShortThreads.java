package io.github.coconut4j.model.latent;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Prints by how many KiB threads, of which each uses a model once, some at a time, grow the
 * process. The argument is their number.
 */
final class ShortThreads {

  private static final int AT_A_TIME = 20;

  private ShortThreads() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    int count = Integer.parseInt(arguments[0]);
    try (LatentTransformer model = ResidentMemory.model()) {
      use(model, 2 * AT_A_TIME);
      int before = ResidentMemory.kib();
      use(model, count);
      System.out.println(ResidentMemory.kib() - before);
    }
  }

  static void use(LatentTransformer model, int count) throws InterruptedException {
    LatentBatch batch = Batches.of(11, 1, "wwwwww**wll.", ".wwwww*wllll");
    LatentBatch prompts = Batches.of(11, 2, "www***w");
    for (int from = 0; from < count; from += AT_A_TIME) {
      List<Thread> threads = new ArrayList<>();
      for (int i = from; i < Math.min(count, from + AT_A_TIME); i++) {
        threads.add(new Thread(() -> use(model, batch, prompts)));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private static void use(LatentTransformer model, LatentBatch batch, LatentBatch prompts) {
    model.loss(batch);
    model.gradients(batch).close();
    try (Decoder decoder = model.decoder(prompts, 2)) {
      decoder.advance(new int[] {1});
    }
  }
}
