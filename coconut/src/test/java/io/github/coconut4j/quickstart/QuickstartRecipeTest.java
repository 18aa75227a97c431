package io.github.coconut4j.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class QuickstartRecipeTest {

  private static final String SHARED = "train_path: t.json\nlr: 1.0e-3\n";

  @Test
  void theBundledRecipeGivesEveryMethodTheSameUpdates() throws IOException {
    QuickstartRecipe recipe = QuickstartRecipe.bundled(7L);

    assertThat(recipe.getMethods()).containsKeys("coconut", "cot", "no_cot");
    assertThat(recipe.getMethods().values())
        .allSatisfy(config -> assertThat(config.getSeed()).isEqualTo(7))
        .extracting(config -> Curriculum.of(config).totalSteps(1))
        .containsOnly(Curriculum.of(recipe.getMethods().get("coconut")).totalSteps(1));
  }

  @Test
  void aMethodMayDifferInItsOwnKeys() {
    ConfigFile file =
        ConfigFile.parse("r.yaml", SHARED + "methods: {coconut: {}, cot: {lr: 2.0e-3}}");

    QuickstartRecipe recipe = QuickstartRecipe.of(file, null);

    TrainingConfig cot = recipe.getMethods().get("cot");
    assertThat(cot.getMethod()).isEqualTo(Method.COT);
    assertThat(cot.getLr()).isEqualTo(2e-3);
    assertThat(recipe.getMethods().get("coconut").getLr()).isEqualTo(1e-3);
  }

  @Test
  void aRecipeWithoutMethodsIsRefused() {
    assertThatThrownBy(() -> QuickstartRecipe.of(ConfigFile.parse("r.yaml", SHARED), null))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`methods`");
  }
}
