package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** The columns that the page draws. */
class MetricColumnsTest {

  @SuppressWarnings("unchecked")
  private static Map<String, Object> evaluation(String line) {
    List<Map<String, Object>> evaluations =
        (List<Map<String, Object>>) MetricColumns.of(line).columns().get("evaluations");
    assertThat(evaluations).hasSize(1);
    return evaluations.get(0);
  }

  /** The first latent has no cosine, and a value that is not finite is null too. */
  @Test
  void latentsWithoutAValueDoNotCount() {
    Map<String, Object> evaluation =
        evaluation(
            """
            {"step":4,"eval_accuracy":0.5,"latent_norm_ratio":[1.0,null,2.0],\
            "latent_cosine":[null,0.25,0.75],"latent_effective_rank":[null],"latent_grad_norm":[]}
            """);

    assertThat(evaluation)
        .containsEntry("latent_norm_ratio", 1.5)
        .containsEntry("latent_cosine", 0.5)
        .doesNotContainKeys("latent_effective_rank", "latent_grad_norm");
  }

  @Test
  void linesThatAreNotObjectsAreCounted() {
    Map<String, Object> columns =
        MetricColumns.of("{\"step\":1,\"loss\":null}\n{\"step\":\n7\n").columns();

    assertThat(columns).containsEntry("damaged", 2);
    assertThat(columns)
        .extractingByKey("updates", InstanceOfAssertFactories.LIST)
        .containsExactly(Map.of("step", 1));
  }
}
