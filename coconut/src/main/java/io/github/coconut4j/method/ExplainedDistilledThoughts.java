package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.SequenceSupervision;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code simcot} on {@code codi}: each latent, and the one that would come next, must let a decoder
 * write its step of the teacher's. Source: Wei et al., arXiv 2509.20317.
 */
final class ExplainedDistilledThoughts extends DistilledThoughts {

  @Override
  SequenceSupervision supervision(
      EncodedProblem problem, int stage, ThoughtSettings settings, int eos) {
    int groups = trainingThoughts(settings, stage, problem.getSteps().size()) + 1;
    List<int[]> taught = taughtSteps(problem);
    List<int[]> steps = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      int end = group == groups - 1 ? taught.size() : group + 1;
      steps.add(
          group < taught.size()
              ? ExplainedSteps.joined(taught.subList(group, end), eos)
              : new int[0]);
    }
    return supervised(problem, settings).steps(steps).build();
  }
}
