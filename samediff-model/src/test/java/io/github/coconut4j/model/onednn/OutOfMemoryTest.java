package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.backend.WeightedLabels;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.loop.Layouts;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.LoopRun;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.ReferenceTransformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** After memory ran out, what fits gives the right result and nothing is freed twice. */
class OutOfMemoryTest {

  private static final int WIDTH = 32;

  /** More floats than a machine's addresses reach. */
  private static final long TOO_MANY = 1L << 50;

  private final ReferenceTransformer model = new ReferenceTransformer(2, WIDTH, 2, 48, 1e-5, 80, 7);
  private final BatchLayout small = Layouts.of("tttllty", "tttltyy");
  private final BatchLayout large =
      Layouts.of(
          "tttttllt" + "y".repeat(30),
          ".ttttltt" + "y".repeat(30),
          "tttttttt" + "t".repeat(30),
          "tttttllt" + "y".repeat(30));

  @BeforeAll
  static void load() {
    Loader.load(dnnl.class);
  }

  @Test
  void memoryThatCannotGrowIsEmpty() {
    try (NativeFloats floats = new NativeFloats()) {
      floats.require(8);
      assertThatThrownBy(() -> floats.require(TOO_MANY))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessageContaining(TOO_MANY * Float.BYTES + " bytes");
      float[] values = {1, 2, 3, 4};
      FloatAddress pointer = new FloatAddress().at(floats.requireZeroed(4));
      pointer.put(values);
      assertThat(pointer.get(3)).isEqualTo(4);
    }
  }

  @Test
  void sumsOfColumnsAreRightAfterwards() {
    FloatPointer matrix = NativeTensors.of(new double[] {1, 2, 3, 4, 5, 6});
    FloatPointer products = NativeTensors.unwritten(4);
    FloatPointer sums = NativeTensors.unwritten(2);
    try (OneDnnOperations operations = new OneDnnOperations(Precision.FLOAT32)) {
      Matrix dy = Matrix.dense(matrix.address(), 3, 2);
      sumColumns(operations, dy.rows(0, 1), products, sums);
      assertThatThrownBy(
              () ->
                  RefusingAllocator.withRoomFor(
                      0, () -> sumColumns(operations, dy, products, sums)))
          .isInstanceOf(OutOfMemoryError.class);
      sumColumns(operations, dy.rows(0, 2), products, sums);
    }
    assertThat(NativeTensors.toArray(sums)).containsExactly(4, 6);
  }

  private static void sumColumns(
      OneDnnOperations operations, Matrix dy, FloatPointer products, FloatPointer sums) {
    operations
        .linear()
        .parameterGradients(
            List.of(new Linear.Term(dy, dy)),
            false,
            new LinearWeights(
                Matrix.dense(products.address(), 2, 2), Matrix.dense(sums.address(), 1, 2), false));
  }

  private LoopRun loop(Precision precision) {
    return new LoopRun(model, "onednn", 2, precision);
  }

  private List<float[]> alone(BatchLayout layout, Precision precision) {
    try (LoopRun fresh = loop(precision)) {
      return fresh.step(layout);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void trainingStepsAreRightAfterAnyBufferHadNoRoom(Precision precision) {
    List<float[]> expectedSmall = alone(small, precision);
    List<float[]> expectedLarge = alone(large, precision);
    LoopRun loop = loop(precision);
    assertEqual(loop.step(small), expectedSmall);
    int refused =
        RefusingAllocator.refuseBufferAfterBuffer(
            () -> loop.step(large), () -> assertEqual(loop.step(small), expectedSmall));
    assertThat(refused).isGreaterThan(30);
    assertEqual(loop.step(large), expectedLarge);
    loop.close();
    loop.close();
  }

  @Test
  void whatAFailedStepLeftIsNotDifferentiated() {
    try (LoopRun loop = loop(Precision.FLOAT32)) {
      loop.step(small);
      assertThatThrownBy(() -> RefusingAllocator.withRoomFor(3, () -> loop.step(large)))
          .isInstanceOf(OutOfMemoryError.class);
      assertThatThrownBy(() -> loop.backward(small))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("forward call must precede");
    }
  }

  @Test
  void theTokenTableIsRightAfterAnyBufferHadNoRoom() {
    int vocabulary = 101;
    INDArray table = random(5, vocabulary);
    TokenTable tokens = tokenTable(vocabulary);
    float[] expected = crossEntropy(tokenTable(vocabulary), table, 2);
    assertThat(crossEntropy(tokens, table, 2)).isEqualTo(expected);
    int refused =
        RefusingAllocator.refuseBufferAfterBuffer(
            () -> crossEntropy(tokens, table, 50),
            () -> assertThat(crossEntropy(tokens, table, 2)).isEqualTo(expected));
    assertThat(refused).isPositive();
    assertThat(crossEntropy(tokens, table, 50))
        .isEqualTo(crossEntropy(tokenTable(vocabulary), table, 50));
    tokens.close();
    tokens.close();
  }

  private static TokenTable tokenTable(int vocabulary) {
    return Backends.named("onednn").tokenTable(DataType.FLOAT, vocabulary, WIDTH);
  }

  private static INDArray random(long seed, int rows) {
    double[] values = ReferenceTransformer.normal(new Random(seed), rows * WIDTH, 0, 1);
    return Nd4j.createFromArray(values).castTo(DataType.FLOAT).reshape(rows, WIDTH);
  }

  /** The table's gradient. */
  private static float[] crossEntropy(TokenTable tokens, INDArray table, int rows) {
    WeightedLabels labels = WeightedLabels.mean(new Random(6).ints(rows, 0, 101).toArray());
    INDArray hidden = random(7, rows);
    INDArray gradient = table.dup();
    tokens.crossEntropy(hidden, table, labels);
    tokens.crossEntropyGradients(hidden, table, labels, hidden.dup(), gradient);
    return gradient.data().asFloat();
  }

  private static final TransformerConfig CONFIG =
      TransformerConfig.builder().vocabSize(19).nPositions(80).nEmbd(16).nLayer(2).nHead(2).build();

  @Test
  void aModelIsRightAfterAnyBufferHadNoRoom() {
    Weights weights = Weights.initial(CONFIG, 4);
    LatentBatch few = batch(2, 7);
    LatentBatch many = batch(5, 36);
    try (LatentTransformer fresh = LatentTransformer.create(CONFIG, weights, LatentLoops.FUSED);
        LatentTransformer reused = LatentTransformer.create(CONFIG, weights, LatentLoops.FUSED)) {
      List<float[]> expected = gradients(fresh, few);
      for (int allowed : new int[] {0, 7, 25}) {
        assertThatThrownBy(
                () -> RefusingAllocator.withRoomFor(allowed, () -> gradients(reused, many)))
            .isInstanceOf(OutOfMemoryError.class);
        assertEqual(gradients(reused, few), expected);
      }
      assertEqual(gradients(reused, many), gradients(fresh, many));
    }
  }

  @Test
  void decodersAreRightAfterAnyBufferHadNoRoom() {
    Weights weights = Weights.initial(CONFIG, 4);
    LatentBatch few = batch(2, 7);
    LatentBatch many = batch(5, 36);
    try (LatentTransformer fresh = LatentTransformer.create(CONFIG, weights, LatentLoops.FUSED);
        LatentTransformer reused = LatentTransformer.create(CONFIG, weights, LatentLoops.FUSED)) {
      List<float[]> expected = decoded(fresh, few, many, 3);
      int refused =
          RefusingAllocator.refuseBufferAfterBuffer(
              () -> decoded(reused, many, few, 40),
              () -> assertEqual(decoded(reused, few, many, 3), expected));
      assertThat(refused).isGreaterThan(5);
      assertEqual(decoded(reused, many, few, 40), decoded(fresh, many, few, 40));
    }
  }

  private static LatentBatch batch(int rows, int columns) {
    INDArray ones = Nd4j.ones(DataType.INT32, rows, columns);
    INDArray ids = ones.dup();
    INDArray labels = ones.dup();
    INDArray positions = ones.dup();
    INDArray latents = Nd4j.zeros(DataType.INT32, rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        ids.putScalar(row, column, (5 * row + 3 * column) % 19);
        labels.putScalar(row, column, column == 0 ? LatentBatch.IGNORED_LABEL : column % 19);
        positions.putScalar(row, column, column);
      }
      latents.putScalar(row, 2, 1);
    }
    return LatentBatch.builder()
        .inputIds(ids)
        .positionIds(positions)
        .attentionMask(ones)
        .latentMask(latents)
        .labels(labels)
        .build();
  }

  private static List<float[]> gradients(LatentTransformer model, LatentBatch batch) {
    try (LossGradients gradients = model.gradients(batch)) {
      return gradients.getGradients().values().stream()
          .map(gradient -> gradient.data().asFloat())
          .toList();
    }
  }

  /** After the batch, a token more, another batch that joins, and some tokens more. */
  private static List<float[]> decoded(
      LatentTransformer model, LatentBatch batch, LatentBatch joining, int tokens) {
    List<float[]> logits = new ArrayList<>();
    try (Decoder decoder = model.decoder(batch, tokens + 1)) {
      decoder.advance(new int[decoder.sequences()]);
      logits.addAll(List.of(decoder.logitRows()));
      decoder.join(joining, tokens);
      for (int i = 0; i < tokens; i++) {
        decoder.advance(new int[decoder.sequences()]);
      }
      logits.addAll(List.of(decoder.logitRows()));
    }
    return logits;
  }

  private static void assertEqual(List<float[]> actual, List<float[]> expected) {
    assertThat(actual).usingElementComparator(Arrays::compare).isEqualTo(expected);
  }
}
