package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.CloseArrays;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.CpuThreads;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What dropout's masks depend on, and what they do not, on devices; {@link LoopsAgreeTest} has the
 * unrolled loop.
 */
@ParameterizedClass
@ValueSource(strings = {"onednn", "plain-java"})
class DropoutTest {

  private static final int VOCABULARY = 11;

  @Parameter String backend;

  private int threads;

  @BeforeEach
  void rememberThreads() {
    threads = CpuThreads.count();
  }

  @AfterEach
  void restoreThreads() {
    CpuThreads.setCount(threads);
  }

  /** With adapters, and every parameter trained. */
  private LatentTransformer model(Architecture architecture) {
    TransformerConfig base = Architectures.of(architecture, VOCABULARY);
    Weights weights = Weights.initial(base, 1);
    LoraConfig lora = Adapters.everywhere(3).loraDropout(0.25).build();
    LoraAdapter adapter = new Adapters.Case(base, lora, 1).adapter(weights);
    Weights all = adapter.on(base, weights);
    return LatentTransformer.create(
        adapter.on(base),
        all.withTrained(all.asMap().keySet()),
        Backends.named(backend),
        Precision.FLOAT32);
  }

  private static Dropout dropout(LatentTransformer model, long update) {
    return new Dropout(DropoutRates.of(model.getConfig(), 0.25), 3, update);
  }

  private static LossGradients gradients(
      LatentTransformer model, LatentBatch batch, Dropout dropout) {
    return model.gradients(batch, Objective.CROSS_ENTROPY, dropout);
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void padding(Architecture architecture) {
    try (LatentTransformer model = model(architecture);
        LossGradients tight = gradients(model, batch("www**wll"), dropout(model, 1));
        LossGradients padded = gradients(model, batch("...www**wll...."), dropout(model, 1));
        LossGradients beside =
            gradients(model, batch("...www**wll....", "wwwwww*w......."), dropout(model, 1))) {
      assertSame(padded, tight);
      assertSame(beside, tight);
    }
  }

  /** The same tokens with padding at different places, and a second row without labels. */
  private static LatentBatch batch(String... rows) {
    LatentBatch drawn = Batches.of(VOCABULARY, 3, rows);
    int[][] tokens = drawn.getInputIds().toIntMatrix();
    int[][] labels = new int[rows.length][rows[0].length()];
    for (int b = 0; b < rows.length; b++) {
      int next = 0;
      for (int t = 0; t < rows[b].length(); t++) {
        tokens[b][t] = rows[b].charAt(t) == '.' ? 0 : (5 * next++ + b) % VOCABULARY;
        labels[b][t] = rows[b].charAt(t) == 'l' ? tokens[b][t] : LatentBatch.IGNORED_LABEL;
      }
    }
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(tokens))
        .positionIds(drawn.getPositionIds())
        .attentionMask(drawn.getAttentionMask())
        .latentMask(drawn.getLatentMask())
        .labels(Nd4j.createFromArray(labels))
        .build();
  }

  private static void assertSame(LossGradients actual, LossGradients expected) {
    assertThat(expected.getLoss()).isFinite();
    assertThat(actual.getLoss()).isCloseTo(expected.getLoss(), within(1e-5));
    CloseArrays.assertClose(actual.getGradients(), expected.getGradients(), 1e-4);
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void theNumberOfTheMicroBatch(Architecture architecture) {
    String[] rows = {"..ww*wll", "wwww**ll", ".www*lll", "wwwwwwll"};
    try (LatentTransformer model = model(architecture);
        LossGradients whole = gradients(model, batch(rows), dropout(model, 5))) {
      double loss = 0;
      Map<String, INDArray> sums = new HashMap<>();
      int first = 0;
      for (LatentBatch micro : microBatches(batch(rows))) {
        Dropout own = dropout(model, 5).after(first);
        first += micro.sequences();
        try (LossGradients part = gradients(model, micro, own)) {
          double share = part.getCount() / (double) whole.getCount();
          loss += share * part.getLoss();
          part.getGradients()
              .forEach((name, array) -> sums.merge(name, array.mul(share), INDArray::add));
        }
      }
      assertThat(loss).isCloseTo(whole.getLoss(), within(1e-5));
      CloseArrays.assertClose(sums, whole.getGradients(), 1e-4);
    }
  }

  private static LatentBatch[] microBatches(LatentBatch batch) {
    return Stream.of(new int[] {0, 1}, new int[] {1, 3}, new int[] {3, 4})
        .map(
            range ->
                LatentBatch.builder()
                    .inputIds(rows(batch.getInputIds(), range))
                    .positionIds(rows(batch.getPositionIds(), range))
                    .attentionMask(rows(batch.getAttentionMask(), range))
                    .latentMask(rows(batch.getLatentMask(), range))
                    .labels(rows(batch.getLabels(), range))
                    .build())
        .toArray(LatentBatch[]::new);
  }

  private static INDArray rows(INDArray array, int[] range) {
    return array.get(NDArrayIndex.interval(range[0], range[1]), NDArrayIndex.all()).dup();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void threads(int count) {
    LatentBatch batch = batch("..ww*wll", "wwww**ll", ".www*lll", "wwwwwwll", "...w*lll");
    CpuThreads.setCount(1);
    try (LatentTransformer one = model(Architecture.GPT2);
        LossGradients expected = gradients(one, batch, dropout(one, 5))) {
      CpuThreads.setCount(count);
      try (LatentTransformer several = model(Architecture.GPT2);
          LossGradients actual = gradients(several, batch, dropout(several, 5))) {
        assertSame(actual, expected);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void updatesDifferAndRepeat(Architecture architecture) {
    LatentBatch batch = batch(".www**wll", "wwww*wwll");
    try (LatentTransformer model = model(architecture);
        LossGradients first = gradients(model, batch, dropout(model, 1));
        LossGradients second = gradients(model, batch, dropout(model, 2));
        LossGradients again = gradients(model, batch, dropout(model, 1))) {
      assertThat(second.getLoss()).isNotEqualTo(first.getLoss());
      assertThat(again.getLoss()).isEqualTo(first.getLoss());
      again
          .getGradients()
          .forEach(
              (name, array) ->
                  assertThat(array).as(name).isEqualTo(first.getGradients().get(name)));
    }
  }

  /** All else computes without, before and after. */
  @ParameterizedTest
  @EnumSource(Architecture.class)
  void lossesAndHiddenStates(Architecture architecture) {
    LatentBatch batch = batch(".www**wll", "wwww*wwll");
    try (LatentTransformer model = model(architecture)) {
      double loss = model.loss(batch);
      INDArray hidden = model.hiddenStates(batch);
      try (LossGradients dropped = gradients(model, batch, dropout(model, 1));
          LossGradients plain = model.gradients(batch);
          LossGradients none = gradients(model, batch, new Dropout(DropoutRates.NONE, 1, 1))) {
        assertThat(dropped.getLoss()).isNotCloseTo(loss, within(1e-4));
        assertThat(plain.getLoss()).isCloseTo(loss, within(1e-6));
        assertThat(none.getLoss()).isEqualTo(plain.getLoss());
      }
      assertThat(model.loss(batch)).isEqualTo(loss);
      assertThat(model.hiddenStates(batch)).isEqualTo(hidden);
    }
  }
}
