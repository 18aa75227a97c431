package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.SequenceSupervision;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code frontier}: as {@code coconut}, with supervision of each latent by the nodes that a search
 * reaches after as many steps.
 */
final class FrontierThoughts extends LatentThoughts {

  @Override
  SequenceSupervision supervision(
      EncodedProblem problem, int stage, ThoughtSettings settings, int eos) {
    int latents = trainingThoughts(settings, stage, problem.getSteps().size());
    List<int[]> reached = problem.getTargets();
    List<int[]> targets = new ArrayList<>();
    for (int latent = 0; latent < latents; latent++) {
      int step = latent / settings.getCThought();
      targets.add(step < reached.size() ? reached.get(step) : new int[0]);
    }
    return SequenceSupervision.builder().targets(targets).build();
  }
}
