using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;

namespace Bayes.Layers.Tests.Estimators;

public sealed class PassProbeTests : TorchTest
{
    [Fact]
    public void The_probe_finds_the_largest_value_wherever_it_is()
    {
        foreach (var dtype in new[] { float32, float64 })
            foreach (var (widest, layers) in new (int, (int, int)[])[] { (50, [(50, 3), (3, 1)]), (50, [(3, 50), (50, 1)]), (50, [(3, 4), (4, 50)]) })
            {
                using var model = new BayesianSequential([.. layers.Select(layer => new BayesianLinear(layer.Item1, layer.Item2, dtype: dtype))]);
                var probe = new PassProbe();
                PassRun.Of(model, model.PropagateInputs, zeros(1, layers[0].Item1, dtype), PosteriorMean.Instance, probe);
                probe.LargestBytes.Should().Be(widest * zeros(1, dtype).element_size());
            }
        using var alone = new BayesianLinear(3, 50);
        var last = new PassProbe();
        PassRun.Of(alone, alone.PropagateInputs, zeros(1, 3), PosteriorMean.Instance, last);
        last.LargestBytes.Should().Be(50 * sizeof(float));
    }
}
