package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.model.latent.LatentBatch;
import java.util.stream.IntStream;

/** Appends tokens, each with its label and whether it is a latent. */
final class SequenceWriter {

  private final IntStream.Builder tokens = IntStream.builder();
  private final IntStream.Builder labels = IntStream.builder();
  private final IntStream.Builder latents = IntStream.builder();

  SequenceWriter ignored(int... ids) {
    for (int id : ids) {
      add(id, LatentBatch.IGNORED_LABEL, 0);
    }
    return this;
  }

  SequenceWriter labelled(int... ids) {
    for (int id : ids) {
      add(id, id, 0);
    }
    return this;
  }

  void latents(int id, int count) {
    for (int i = 0; i < count; i++) {
      add(id, LatentBatch.IGNORED_LABEL, 1);
    }
  }

  void pauses(int id, int count) {
    for (int i = 0; i < count; i++) {
      add(id, LatentBatch.IGNORED_LABEL, 0);
    }
  }

  TokenSequence toSequence() {
    int[] flags = latents.build().toArray();
    boolean[] latent = new boolean[flags.length];
    for (int i = 0; i < flags.length; i++) {
      latent[i] = flags[i] == 1;
    }
    return new TokenSequence(tokens.build().toArray(), labels.build().toArray(), latent);
  }

  private void add(int token, int label, int latent) {
    tokens.add(token);
    labels.add(label);
    latents.add(latent);
  }
}
