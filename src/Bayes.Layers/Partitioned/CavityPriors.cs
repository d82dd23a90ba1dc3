using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Partitioned;

/// <summary>Puts a cavity in the place of a model's priors until it is disposed.</summary>
internal sealed class CavityPriors : IDisposable
{
    private readonly List<BayesianModule> _modules = [];
    private readonly List<Prior> _priors = [];

    public CavityPriors(BayesianModule model, NaturalParameters cavity)
    {
        var ofMeans = new Dictionary<Tensor, Prior>(ReferenceEqualityComparer.Instance);
        try
        {
            foreach (var (index, (_, variable)) in ModelSchema.Weights(model).Index())
                ofMeans.Add(variable.Posterior.Mean, Make(variable, cavity, index));
            foreach (var module in model.BayesianModules())
            {
                // By names, since training replaces the parameters.
                var own = module.OwnVariables.ToDictionary(variable => variable.Name, variable => ofMeans[variable.Posterior.Mean]);
                if (own.Count == 0)
                    continue;
                module.PriorsInPlace = variable => own[variable.Name];
                _modules.Add(module);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var module in _modules)
            module.PriorsInPlace = null;
        foreach (var prior in _priors)
            prior.Parameters!.Dispose();
    }

    private Prior Make(WeightVariable variable, NaturalParameters cavity, int index)
    {
        using var scope = NewDisposeScope();
        var (precisionMean, precision) = cavity.TensorsOf(index);
        var given = new PerWeightNormalPrior(precisionMean.div(precision), precision.sqrt().reciprocal_());
        var prior = given.For(variable.Posterior.Shape, variable.Posterior.Mean.dtype);
        _priors.Add(prior);
        prior.Parameters!.to(variable.Posterior.Mean.device);
        foreach (var buffer in prior.Parameters!.buffers())
            buffer.Owned();
        return prior;
    }
}
