using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The place in a model that a module is made for: its device, its type, and the number of elements in the file.</summary>
/// <remarks>All modules together get no more elements than the file has, so a damaged file cannot ask for more memory than its length.</remarks>
internal sealed class ModulePlace(ModelMaker maker, SavedModule saved)
{
    /// <summary>Gets the device of the tensors.</summary>
    public Device Device => maker.Device;

    /// <summary>Gets the floating-point type of the module's own tensors; null if it has none.</summary>
    public ScalarType? Type => maker.TypeOf(saved.Path);

    /// <summary>Returns the type of one of the module's tensors in the file.</summary>
    /// <exception cref="CheckpointException">The file has no such tensor.</exception>
    public ScalarType TypeOf(string tensor) => maker.Tensor(saved.Path, tensor).Type;

    /// <summary>Gets an initializer of zeros for the file's family of posteriors. Loading replaces the zeros.</summary>
    /// <exception cref="CheckpointException">The library does not know the family.</exception>
    public PosteriorInitializer Initializer => new Zeros(this)
    {
        Family = saved.Posterior is { } posterior ? Family(posterior) : PosteriorFamily.MeanField,
    };

    /// <summary>Makes the children, which take and return one tensor.</summary>
    /// <exception cref="CheckpointException">A child takes or returns something else.</exception>
    public IEnumerable<(string, nn.Module<Tensor, Tensor>)> Children() =>
    [
        .. AnyChildren().Select(child => (child.Name, child.Module as nn.Module<Tensor, Tensor> ?? throw new CheckpointException(
            $"The function 'make' returned a {child.Module.GetType().Name} for '{child.Name}'; expected an nn.Module<Tensor, Tensor>."))),
    ];

    /// <summary>Makes the children, of any kinds of modules.</summary>
    public IReadOnlyList<(string Name, nn.Module Module)> AnyChildren() => [.. saved.Children.Select(child => (child.Name, maker.Make(child)))];

    /// <summary>Returns the place of a child.</summary>
    /// <exception cref="CheckpointException">There is no such child.</exception>
    public ModulePlace Child(string name) => new(
        maker, saved.Children.FirstOrDefault(child => child.Name == name)
            ?? throw new CheckpointException($"The module '{saved.Path}' has no child '{name}' in the file; the file is damaged."));

    /// <summary>Makes the prior of the weight.</summary>
    public Prior? WeightPrior() => MakePrior(saved.WeightPrior, nameof(BayesianLayer.weight_mu));

    /// <summary>Makes the prior of the bias, or returns null if there is no bias.</summary>
    public Prior? BiasPrior() => MakePrior(saved.BiasPrior, nameof(BayesianLayer.bias_mu));

    /// <summary>Reserves the elements of a tensor with one axis, and returns its size.</summary>
    /// <exception cref="CheckpointException">The file has too few elements.</exception>
    public long Reserve(long size) => Reserve([size])[0];

    /// <summary>Reserves the elements of a tensor, and returns its shape.</summary>
    /// <exception cref="CheckpointException">The file has too few elements.</exception>
    public long[] Reserve(long[] shape)
    {
        maker.Reserve(saved, shape);
        return shape;
    }

    private Prior? MakePrior(SavedPart? prior, string tensor) =>
        prior is null ? null : PriorOf(prior, [.. maker.Tensor(saved.Path, tensor).Shape]);

    /// <summary>Makes a prior for a weight of a shape.</summary>
    /// <exception cref="CheckpointException">The description is missing, or of a prior that the library does not know.</exception>
    public Prior PriorOf(SavedPart? prior, long[] shape)
    {
        var kind = (prior is null ? null : PriorKinds.All.Of(prior)) ?? throw new CheckpointException(
            $"The module '{saved.Path}' has the prior {prior?.ToString() ?? "null"}, which this library does not know.");
        return kind.Make(new SavedOptions($"The prior {prior!.Type} of '{saved.Path}'", prior.Options), shape);
    }

    /// <summary>Makes a family of posteriors.</summary>
    /// <exception cref="CheckpointException">The library does not know the family.</exception>
    public PosteriorFamily Family(SavedPart posterior)
    {
        var kind = PosteriorKinds.All.Of(posterior)
            ?? throw new CheckpointException($"The module '{saved.Path}' has the posterior {posterior}, which this library does not know.");
        return kind.Make(new SavedOptions($"The posterior {posterior.Type} of '{saved.Path}'", posterior.Options), this);
    }

    /// <summary>Determines whether the library can make the module: whether its type, priors and posterior are in the lists.</summary>
    public static bool IsKnown(SavedModule module) =>
        ModuleKinds.All.Of(module.Part) is not null
            && new[] { module.WeightPrior, module.BiasPrior }.All(prior => prior is null || PriorKinds.All.Of(prior) is not null)
            && (module.Posterior is null || PosteriorKinds.All.Of(module.Posterior) is not null);

    private sealed class Zeros(ModulePlace place) : PosteriorInitializer
    {
        public override (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, NoiseSource noise, ScalarType dtype)
        {
            foreach (var (_, own) in Family.ParametersOf(shape))
                place.Reserve(own);
            return (zeros(shape, dtype), zeros(shape, dtype));
        }
    }
}
