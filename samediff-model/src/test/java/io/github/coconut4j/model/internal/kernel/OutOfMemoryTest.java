package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** After memory ran out, what fits gives the right result and nothing is freed twice. */
class OutOfMemoryTest {

  private static final int WIDTH = 32;
  private static final int INNER = 48;
  private static final int POSITIONS = 80;

  /** More floats than a machine's addresses reach. */
  private static final long TOO_MANY = 1L << 50;

  private final ReferenceTransformer model =
      new ReferenceTransformer(2, WIDTH, 2, INNER, 1e-5, POSITIONS, 7);
  private final LatentPlan small = FusedTransformerTest.plan("tttllty", "tttltyy");
  private final LatentPlan large =
      FusedTransformerTest.plan(
          "tttttllt" + "y".repeat(30),
          ".ttttltt" + "y".repeat(30),
          "tttttttt" + "t".repeat(30),
          "tttttllt" + "y".repeat(30));

  @BeforeAll
  static void load() {
    Loader.load(dnnl.class);
  }

  @Test
  void aBufferThatCannotGrowIsEmpty() {
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
  void linesAreNeverThoseThatWereFreed() {
    try (LineBuffer lines = new LineBuffer(4)) {
      lines.reserve(2);
      assertThatThrownBy(() -> lines.reserve(TOO_MANY / 4)).isInstanceOf(OutOfMemoryError.class);
      assertThat(lines.at(0)).isZero();

      lines.reserve(1);
      assertThat(lines.at(0)).isNotZero();
    }
  }

  @Test
  void sumsOfColumnsAreRightAfterwards() {
    FloatPointer matrix = NativeTensors.of(new double[] {1, 2, 3, 4, 5, 6});
    FloatPointer sums = NativeTensors.unwritten(2);
    try (Kernels kernels = new Kernels(Precision.FLOAT32)) {
      Matrix dy = Matrix.dense(matrix.address(), 3, 2);
      sumColumns(kernels, dy.lines(0, 1), sums);
      assertThatThrownBy(
              () -> RefusingAllocator.withRoomFor(0, () -> sumColumns(kernels, dy, sums)))
          .isInstanceOf(OutOfMemoryError.class);
      sumColumns(kernels, dy.lines(0, 2), sums);
    }
    assertThat(NativeTensors.toArray(sums)).containsExactly(4, 6);
  }

  private static void sumColumns(Kernels kernels, Matrix dy, FloatPointer sums) {
    kernels.linear().biasGradient(List.of(new Linear.Term(dy, dy)), sums.address());
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void trainingStepsAreRightAfterAnyBufferHadNoRoom(Precision precision) {
    List<float[]> expectedSmall = alone(small, precision);
    List<float[]> expectedLarge = alone(large, precision);
    FusedTransformer transformer = transformer(precision);
    assertEqual(step(transformer, small), expectedSmall);

    int refused =
        RefusingAllocator.refuseBufferAfterBuffer(
            () -> step(transformer, large),
            () -> assertEqual(step(transformer, small), expectedSmall));

    assertThat(refused).isGreaterThan(30);
    assertEqual(step(transformer, large), expectedLarge);
    transformer.close();
    transformer.close();
  }

  @Test
  void whatAFailedStepLeftIsNotDifferentiated() {
    try (FusedTransformer transformer = transformer(Precision.FLOAT32)) {
      step(transformer, small);
      assertThatThrownBy(() -> RefusingAllocator.withRoomFor(3, () -> step(transformer, large)))
          .isInstanceOf(OutOfMemoryError.class);
      assertThatThrownBy(() -> backward(transformer, small))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("forward call must precede");
    }
  }

  @Test
  void activationsAreDifferentiatedOnce() {
    try (FusedTransformer transformer = transformer(Precision.FLOAT32)) {
      step(transformer, small);
      assertThatThrownBy(() -> backward(transformer, small))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("one for each backward call");
    }
  }

  private List<float[]> alone(LatentPlan plan, Precision precision) {
    try (FusedTransformer fresh = transformer(precision)) {
      return step(fresh, plan);
    }
  }

  private static FusedTransformer transformer(Precision precision) {
    return new FusedTransformer(2, WIDTH, 2, INNER, 1e-5f, precision, 2);
  }

  /** Hidden states and gradients. */
  private List<float[]> step(FusedTransformer transformer, LatentPlan plan) {
    FloatPointer hidden = NativeTensors.unwritten((long) plan.hiddenCount() * WIDTH);
    transformer.forward(
        plan,
        random(1, plan.rows() * plan.columns() * WIDTH),
        NativeTensors.weights(model),
        hidden,
        true);
    List<float[]> results = new ArrayList<>(List.of(NativeTensors.toArray(hidden)));
    results.addAll(backward(transformer, plan));
    return results;
  }

  private List<float[]> backward(FusedTransformer transformer, LatentPlan plan) {
    FloatPointer inputs = NativeTensors.unwritten((long) plan.rows() * plan.columns() * WIDTH);
    List<FloatPointer> tensors = new ArrayList<>(NativeTensors.gradientTensors(model));
    transformer.backward(
        random(2, plan.hiddenCount() * WIDTH),
        NativeTensors.weights(model),
        inputs,
        NativeTensors.parameters(tensors),
        POSITIONS);
    tensors.add(inputs);
    return tensors.stream().map(NativeTensors::toArray).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void decodersAreRightAfterAnyBufferHadNoRoom(int threads) {
    List<float[]> expectedSmall = decodeAlone(small, threads);
    List<float[]> expectedLarge = decodeAlone(large, threads);
    try (FusedDecoding decoding = decoding(threads)) {
      assertEqual(decode(decoding, small, 3), expectedSmall);

      int refused =
          RefusingAllocator.refuseBufferAfterBuffer(
              () -> decode(decoding, large, 40),
              () -> assertEqual(decode(decoding, small, 3), expectedSmall));

      assertThat(refused).isGreaterThan(5);
      assertEqual(decode(decoding, large, 40), expectedLarge);
    }
  }

  @Test
  void aTokenThatHadNoRoomCanBeAppendedAgain() {
    List<float[]> expected = decodeAlone(small, 2);
    try (FusedDecoding decoding = decoding(2)) {
      FloatPointer hidden = NativeTensors.unwritten((long) small.rows() * WIDTH);
      start(decoding, small, 3, hidden);
      for (int token = 0; token < 3; token++) {
        int number = token;
        float[] before = NativeTensors.toArray(hidden);
        RefusingAllocator.refuseBufferAfterBuffer(
            () -> advance(decoding, small.rows(), number, hidden),
            () -> assertThat(NativeTensors.toArray(hidden)).isEqualTo(before));
        assertThat(NativeTensors.toArray(hidden)).isEqualTo(expected.get(token + 1));
      }
    }
  }

  @Test
  void promptsThatHadNoRoomAreNotContinued() {
    try (FusedDecoding decoding = decoding(2)) {
      decode(decoding, small, 3);
      FloatPointer hidden = NativeTensors.unwritten((long) large.rows() * WIDTH);
      assertThatThrownBy(
              () -> RefusingAllocator.withRoomFor(3, () -> start(decoding, large, 3, hidden)))
          .isInstanceOf(OutOfMemoryError.class);
      assertThatThrownBy(() -> advance(decoding, large.rows(), 0, hidden))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Prompts must be read");
    }
  }

  private List<float[]> decodeAlone(LatentPlan plan, int threads) {
    try (FusedDecoding fresh = decoding(threads)) {
      return decode(fresh, plan, plan == large ? 40 : 3);
    }
  }

  private static FusedDecoding decoding(int threads) {
    return new FusedDecoding(2, WIDTH, 2, INNER, 1e-5f, threads);
  }

  /** The states after the prompts and after each token. */
  private List<float[]> decode(FusedDecoding decoding, LatentPlan plan, int tokens) {
    FloatPointer hidden = NativeTensors.unwritten((long) plan.rows() * WIDTH);
    start(decoding, plan, tokens, hidden);
    List<float[]> states = new ArrayList<>(List.of(NativeTensors.toArray(hidden)));
    for (int token = 0; token < tokens; token++) {
      advance(decoding, plan.rows(), token, hidden);
      states.add(NativeTensors.toArray(hidden));
    }
    return states;
  }

  private void start(FusedDecoding decoding, LatentPlan plan, int tokens, FloatPointer hidden) {
    decoding.start(
        PlanVariants.lastCells(plan),
        random(3, plan.rows() * plan.columns() * WIDTH),
        NativeTensors.weights(model),
        tokens,
        hidden);
  }

  private static void advance(FusedDecoding decoding, int rows, int token, FloatPointer hidden) {
    decoding.advance(random(4L + token, rows * WIDTH), new int[rows], hidden);
  }

  @Test
  void theTokenTableIsRightAfterAnyBufferHadNoRoom() {
    int vocabulary = 101;
    FloatPointer table = random(5, vocabulary * WIDTH);
    float[] expected = crossEntropy(new TokenTable(vocabulary, WIDTH, 2), table, 2);
    TokenTable tokens = new TokenTable(vocabulary, WIDTH, 2);
    assertThat(crossEntropy(tokens, table, 2)).isEqualTo(expected);

    int refused =
        RefusingAllocator.refuseBufferAfterBuffer(
            () -> crossEntropy(tokens, table, 50),
            () -> assertThat(crossEntropy(tokens, table, 2)).isEqualTo(expected));

    assertThat(refused).isPositive();
    assertThat(crossEntropy(tokens, table, 50))
        .isEqualTo(crossEntropy(new TokenTable(vocabulary, WIDTH, 2), table, 50));
    tokens.close();
    tokens.close();
  }

  /** The table's gradient. */
  private static float[] crossEntropy(TokenTable tokens, FloatPointer table, int lines) {
    int[] labels = new Random(6).ints(lines, 0, 101).toArray();
    FloatPointer hidden = random(7, lines * WIDTH);
    FloatPointer dHidden = NativeTensors.unwritten((long) lines * WIDTH);
    FloatPointer dTable = NativeTensors.unwritten(table.capacity());
    tokens.crossEntropy(table, hidden, labels);
    tokens.crossEntropyGradients(table, hidden, labels, 1, dHidden, dTable);
    return NativeTensors.toArray(dTable);
  }

  @Test
  void aModelIsRightAfterAnyBufferHadNoRoom() {
    TransformerConfig config =
        TransformerConfig.builder()
            .vocabSize(19)
            .nPositions(40)
            .nEmbd(16)
            .nLayer(2)
            .nHead(2)
            .build();
    Weights weights = Weights.initial(config, 4);
    LatentBatch few = batch(2, 7);
    LatentBatch many = batch(5, 36);
    try (LatentTransformer fresh = LatentTransformer.create(config, weights, LatentLoops.FUSED);
        LatentTransformer reused = LatentTransformer.create(config, weights, LatentLoops.FUSED)) {
      List<float[]> expected = gradients(fresh, few);
      for (int allowed : new int[] {0, 7, 25}) {
        assertThatThrownBy(
                () -> RefusingAllocator.withRoomFor(allowed, () -> gradients(reused, many)))
            .isInstanceOf(OutOfMemoryError.class);
        assertEqual(gradients(reused, few), expected);

        assertThatThrownBy(() -> RefusingAllocator.withRoomFor(allowed, () -> logits(reused, many)))
            .isInstanceOf(OutOfMemoryError.class);
        assertEqual(logits(reused, few), logits(fresh, few));
      }
      assertEqual(gradients(reused, many), gradients(fresh, many));
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

  /** After the batch and one token more. */
  private static List<float[]> logits(LatentTransformer model, LatentBatch batch) {
    try (Decoder decoder = model.decoder(batch, 1)) {
      decoder.advance(new int[batch.rows()]);
      return List.of(decoder.logitRows());
    }
  }

  private static FloatPointer random(long seed, int count) {
    return NativeTensors.of(ReferenceTransformer.normal(new Random(seed), count, 0, 1));
  }

  private static void assertEqual(List<float[]> actual, List<float[]> expected) {
    assertThat(actual).usingElementComparator(Arrays::compare).isEqualTo(expected);
  }
}
