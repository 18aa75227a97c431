package io.github.coconut4j.tuning.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.config.ConfigFile;
import java.io.IOException;
import java.util.Random;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.deeplearning4j.arbiter.optimize.serde.jackson.JsonMapper;
import org.junit.jupiter.api.Test;

class SpaceWriterTest {

  private static final ConfigFile BASE =
      ConfigFile.parse("base", "{method: coconut, train_path: train.json, model_id: gpt2}");

  private static final String SECTION =
      """
      {"c_thought":{"integer":[1,3]},"weight_decay":{"uniform":[0.0,0.1]},\
      "lr":{"log_uniform":[1.0E-4,0.003]},"batch_size_training":{"discrete":[32,64]},\
      "stage_steps":{"discrete":[[900,400,1500],[700,400,1700]]},"lora.r":{"discrete":[4,8,16]},\
      "lr_schedule":{"discrete":["cosine","linear"]},"augment":{"fixed":true}}\
      """;

  private static TrainingConfigSpace read(String section) throws IOException {
    return SpaceReader.read(BASE, new ObjectMapper().readTree(section));
  }

  private static void number(TrainingConfigSpace space) {
    int next = 0;
    for (ParameterSpace<?> leaf : space.collectLeaves()) {
      if (leaf.numParameters() > 0) {
        leaf.setIndices(next++);
      }
    }
  }

  @Test
  void whatWasReadIsWrittenAndReadAgain() throws IOException {
    TrainingConfigSpace space = read(SECTION);

    JsonNode written = SpaceWriter.write(space);

    assertThat(written.toString()).isEqualTo(SECTION);
    TrainingConfigSpace again = read(written.toString());
    number(space);
    number(again);
    Random random = new Random(1);
    for (int i = 0; i < 50; i++) {
      double[] drawn = random.doubles(space.numParameters()).toArray();
      assertThat(again.parameters(drawn)).isEqualTo(space.parameters(drawn));
      assertThat(again.getValue(drawn)).isEqualTo(space.getValue(drawn));
    }
  }

  /** Arbiter's own JSON of each key's space says the same, fixed values included. */
  @Test
  void arbitersJsonKeepsEveryKeysSpaceToo() throws IOException {
    TrainingConfigSpace space = read(SECTION);
    TrainingConfigSpace.TrainingConfigSpaceBuilder builder =
        TrainingConfigSpace.builder().base(BASE);
    for (String key : space.getNestedSpaces().keySet()) {
      String json = JsonMapper.getMapper().writeValueAsString(space.getNestedSpaces().get(key));
      builder.parameter(key, JsonMapper.getMapper().readValue(json, ParameterSpace.class));
    }

    assertThat(SpaceWriter.write(builder.build())).isEqualTo(SpaceWriter.write(space));
  }

  @Test
  void otherDistributionsAreNamed() {
    TrainingConfigSpace space =
        TrainingConfigSpace.builder()
            .base(BASE)
            .parameter("lr", new ContinuousParameterSpace(new NormalDistribution(1e-3, 1e-4)))
            .build();

    assertThatThrownBy(() -> SpaceWriter.write(space))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("`search.space.lr` needs to be a space of integers");
  }
}
