package io.github.coconut4j.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused of the keys that draw training sequences, by name, value and remedy. */
class SequenceCheckTest {

  private static TrainingConfig config(String settings) {
    ConfigFile file = ConfigFile.parse("run.yaml", "{train_path: x, val_path: y}");
    for (String setting : settings.split("; ", -1)) {
      file = file.set(setting);
    }
    return file.toTrainingConfig();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "method=coconut; latent_slack=-1 | `latent_slack` needs a number of latents from 0 to 1000000 but is -1. Change it",
        "method=coconut; latent_slack=1000001 | `latent_slack` needs a number of latents",
        "method=coconut; latent_slack=0.5 | latent_slack",
        "method=cot; latent_slack=1 | `latent_slack` needs a method whose latents replace steps, such as `method: coconut`, but is 1 with `method: cot`. Leave it out",
        "method=pause_as_thought; latent_slack=1 | with `method: pause_as_thought`",
        "method=codi; latent_slack=2 | with `method: codi`",
        "method=pccot; latent_slack=2 | with `method: pccot`",
        "method=simcot; simcot_on=codi; latent_slack=2 | with `method: simcot`",
        "method=coconut; latent_backprop=-1 | `latent_backprop` needs a number of latents from 0 to 1000000 but is -1",
        "method=pause; latent_backprop=2 | `latent_backprop` needs a method with latents, such as `method: coconut`, but is 2 with `method: pause`",
        "method=pccot; latent_backprop=2 | `latent_backprop` needs latents that are fed one after another",
        "method=coconut; latents=parallel; latent_backprop=2 | `latents: sequential`, but is 2 with",
        "method=coconut; position_offset=-3 | `position_offset` needs a number of positions from 0 to 2147483647 but is -3",
        "method=coconut; depth_gate=0 | `depth_gate` needs an accuracy above 0 and at most 1 but is 0.0. Write",
        "method=coconut; depth_gate=1.01 | `depth_gate` needs an accuracy",
        "method=coconut; depth_gate=NaN | depth_gate",
        "method=coconut; depth_gate=90% | depth_gate",
        "method=cot; depth_gate=0.9 | `depth_gate` needs a method whose stages are numbers of steps, such as `method: coconut`, but is 0.9 with `method: cot`",
        "method=icot; depth_gate=0.9 | but is 0.9 with `method: icot`",
        "method=codi; depth_gate=0.9 | but is 0.9 with `method: codi`",
        "method=coconut; curriculum=false; depth_gate=0.9 | `depth_gate` needs a curriculum but is 0.9 with `curriculum: false`. Leave one",
        "method=coconut; stage_steps=[4, 4]; cycles=[0.5, 1]; depth_gate=0.9 | one way through the stages but is 0.9 with `cycles`",
        "method=coconut; val_path=null; depth_gate=0.9 | `depth_gate` needs problems to evaluate on, `val_path`, but is 0.9 without any. Set",
        "method=coconut; depth_replay=1 | `depth_replay` needs a share of at least 0 and below 1 but is 1.0",
        "method=coconut; depth_replay=-0.1 | `depth_replay` needs a share",
        "method=coconut; depth_replay=NaN | depth_replay",
        "method=no_cot; depth_replay=0.2 | but is 0.2 with `method: no_cot`",
        "method=icot; curriculum=false | `curriculum` needs true for a method whose stages are numbers of tokens but is false with `method: icot`. Leave it out, or set `method: no_cot`",
        "method=icot; depth_replay=0.2 | but is 0.2 with `method: icot`",
        "method=coconut; halt=sure | halt",
        "method=coconut; halt_threshold=0.9 | `halt_threshold` needs `halt: confidence` or `halt: learned` but is 0.9 with `halt: fixed`. Set one of them too",
        "method=coconut; halt=confidence; halt_threshold=0 | `halt_threshold` needs a probability above 0 and at most 1 but is 0.0",
        "method=coconut; halt=confidence; halt_threshold=1.5 | `halt_threshold` needs a probability",
        "method=no_thoughts; halt=confidence | `halt` needs a method with latents, such as `method: coconut`, but is confidence with `method: no_thoughts`",
        "method=pccot; halt=confidence | `halt` needs latents that are fed one after another",
        "method=cot; halt=learned | `halt` needs a method with latents",
        "method=pccot; halt=learned | `halt` needs latents that are fed one after another",
        "method=coconut; halt=learned; only_eval=true; load_model_path=x | `halt` needs a run that trains",
        "method=cot; position_embedding=none; position_offset=4 | `position_offset` needs a model that knows positions but is 4 with `position_embedding: none`. Leave it out"
      })
  void refusesBadValues(String settings, String message) {
    assertThatThrownBy(() -> config(settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "method=frontier; latent_slack=2; latent_backprop=0",
        "method=codi; halt=confidence; halt_threshold=1",
        "method=codi; latent_backprop=3; depth_replay=0",
        "method=no_thoughts; depth_gate=1; depth_replay=0.5; uniform_prob=0.3",
        "method=pause_as_thought; depth_gate=0.9; stage_steps=[4, 4]; max_steps=5",
        "method=simcot; latent_slack=2",
        "method=coconut; latents=parallel; latent_slack=2",
        "method=cot; position_offset=4; position_embedding=rotary",
        "method=cot; latent_slack=0; position_offset=0; position_embedding=none"
      })
  void takesOthers(String settings) {
    Map<String, JsonNode> values = ConfigFile.values(config(settings));

    for (String setting : settings.split("; ", -1)) {
      String[] parts = setting.split("=", 2);
      JsonNode value = values.get(parts[0]);
      if (value.isNumber()) {
        assertThat(value.decimalValue()).isEqualByComparingTo(parts[1]);
      } else {
        assertThat(value.isTextual() ? value.asText() : "" + value)
            .isEqualTo(parts[1].replace(" ", ""));
      }
    }
  }
}
