package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class WeightsTest {

  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(300)
          .nPositions(50)
          .nEmbd(64)
          .nLayer(8)
          .nHead(4)
          .initializerRange(0.03)
          .build();

  @TempDir Path directory;

  @Test
  void drawsGpt2sInitialValues() {
    Weights weights = Weights.initial(CONFIG, 7);

    assertNormal(weights.get("transformer.wte.weight"), 0.03);
    assertNormal(weights.get("transformer.h.7.attn.c_attn.weight"), 0.03);
    assertNormal(weights.get("transformer.h.0.mlp.c_fc.weight"), 0.03);
    assertNormal(weights.get("transformer.h.3.attn.c_proj.weight"), 0.03 / 4); // sqrt(2 * 8)
    assertNormal(weights.get("transformer.h.3.mlp.c_proj.weight"), 0.03 / 4);
    assertThat(weights.get("transformer.h.2.ln_1.weight").data().asFloat()).containsOnly(1);
    assertThat(weights.get("transformer.ln_f.bias").data().asFloat()).containsOnly(0);
    assertThat(weights.get("transformer.h.2.mlp.c_fc.bias").data().asFloat()).containsOnly(0);
  }

  private static void assertNormal(INDArray values, double deviation) {
    double[] data = values.data().asDouble();
    double squares = 0;
    double sum = 0;
    int withinOne = 0;
    for (double value : data) {
      sum += value;
      squares += value * value;
      withinOne += Math.abs(value) < deviation ? 1 : 0;
    }
    double error = 5 / Math.sqrt(data.length); // five standard errors
    assertThat(sum / data.length).isEqualTo(0, within(error * deviation));
    assertThat(Math.sqrt(squares / data.length)).isEqualTo(deviation, within(error * deviation));
    assertThat((double) withinOne / data.length).isEqualTo(0.6827, within(error));
  }

  @Test
  void drawsTheSameValuesFromTheSameSeedAlone() {
    Weights weights = Weights.initial(CONFIG, 7);

    EqualArrays.assertEqual(weights, Weights.initial(CONFIG, 7));
    String name = "transformer.wte.weight";
    assertThat(ArrayDifference.between(weights.get(name), Weights.initial(CONFIG, 8).get(name)))
        .matches(difference -> difference.getLargest() > 0.01, "drawn anew");
  }

  @Test
  void listsParametersInOneOrder() {
    Weights weights = Weights.initial(CONFIG, 7);

    assertThat(weights.asMap().keySet()).containsExactlyElementsOf(Weights.names(CONFIG));
    assertThat(Weights.names(CONFIG))
        .hasSize(2 + 8 * 12 + 2)
        .startsWith(
            "transformer.wte.weight", "transformer.wpe.weight", "transformer.h.0.ln_1.weight")
        .endsWith("transformer.ln_f.weight", "transformer.ln_f.bias");
  }

  @Test
  void readsWhatItWrites() throws IOException {
    Weights weights = Weights.initial(CONFIG, 7);

    weights.write(directory);

    EqualArrays.assertEqual(Weights.read(directory, CONFIG), weights);
    assertThat(directory.toFile().list()).containsExactly("model.safetensors");
  }

  @Test
  void writesDoubleValuesAsFloat() throws IOException {
    Weights weights = Weights.initial(CONFIG, 7);

    weights.castTo(DataType.DOUBLE).write(directory);

    EqualArrays.assertEqual(Weights.read(directory, CONFIG), weights);
  }

  @Test
  void castsToACopy() {
    Weights weights = Weights.initial(CONFIG, 7);
    Weights cast = weights.castTo(DataType.DOUBLE);
    Weights same = weights.castTo(DataType.FLOAT);
    String name = "transformer.wpe.weight";
    same.get(name).assign(3);

    assertThat(cast.get(name).dataType()).isEqualTo(DataType.DOUBLE);
    assertThat(cast.get(name).data().asFloat()).isEqualTo(weights.get(name).data().asFloat());
    assertThat(weights.get(name).getFloat(0, 0)).isNotEqualTo(3);
  }

  @Test
  void namesTheParametersThereAreWhenAskedForAnother() {
    Weights weights = Weights.initial(CONFIG, 7);

    assertThatThrownBy(() -> weights.get("wte.weight"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("wte.weight", "transformer.wte.weight");
  }
}
