using Bayes.Layers.Checkpoints;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>Part of a file is loaded under strict checks, and the rest is reported.</summary>
public sealed class PartialLoadTests : TorchTest, IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"bayes-layers-{Guid.NewGuid():N}");

    [Fact]
    public void A_body_is_loaded_into_a_model_with_another_head()
    {
        using BayesianSequential saved = Network(nn.Tanh(), outputs: 3), model = Network(nn.Tanh(), outputs: 2);
        using var loss = ElboLoss.Gaussian(10);
        Checkpoint.Save(saved, _path, loss);
        var head = model.state_dict()["head.weight_mu"].clone();
        PartialLoad part = Checkpoint.Load(model, _path, partial: _ => true);
        part.Taken.Should().Equal(
            "body.bias_log_var", "body.bias_mu", "body.bias_prior.log_scale", "body.weight_log_var", "body.weight_mu",
                "body.weight_prior.log_scale", "norm.bias", "norm.num_batches_tracked",
            "norm.running_mean", "norm.running_var", "norm.weight");
        part.OtherShape.Should().Equal("head.bias_log_var", "head.bias_mu", "head.weight_log_var", "head.weight_mu");
        part.Missing.Should().BeEmpty();
        part.Unused.Should().Equal("loss.likelihood.log_stddev");
        foreach (string name in part.Taken)
            model.state_dict()[name].eq(saved.state_dict()[name]).all().ToBoolean().Should().BeTrue(name);
        ShouldBeClose(model.state_dict()["head.weight_mu"], head, 0, "the head is as it was");
        part.ToString().Should().Contain("of another shape: head.bias_log_var, ");
    }

    [Fact]
    public void Tensors_that_were_not_requested_are_not_loaded()
    {
        using BayesianSequential saved = Network(nn.Tanh(), outputs: 3), model = Network(nn.ReLU(), outputs: 3);
        Checkpoint.Save(saved, _path);
        var head = model.state_dict()["head.bias_mu"].clone();
        var part = Checkpoint.Load(model, _path, partial: name => name.StartsWith("body.", StringComparison.Ordinal));
        part.Taken.Should().HaveCount(6).And.OnlyContain(name => name.StartsWith("body."));
        part.Unused.Should().HaveCount(9);
        part.OtherShape.Should().BeEmpty();
        ShouldBeClose(model.state_dict()["head.bias_mu"], head, 0);
    }

    /// <summary>If the weight's shape differs and the bias's does not, loading the bias would load half a layer.</summary>
    [Fact]
    public void A_layer_is_loaded_as_a_whole_or_not_at_all()
    {
        using BayesianSequential saved = new(("a", new BayesianLinear(2, 3)), ("b", new BayesianLinear(3, 1)),
            ("c", nn.Linear(1, 1, hasBias: false)));
        using BayesianSequential model = new(("a", new BayesianLinear(2, 3)), ("b", new BayesianLinear(4, 1)), ("c", nn.Linear(1, 1)));
        Checkpoint.Save(saved, _path);
        var part = Checkpoint.Load(model, _path, partial: _ => true);
        part.Taken.Should().HaveCount(4).And.OnlyContain(name => name.StartsWith("a."));
        part.OtherShape.Should().Equal("b.bias_log_var", "b.bias_mu", "b.weight_log_var", "b.weight_mu", "c.weight");
        part.Missing.Should().Equal("c.bias");
    }

    [Fact]
    public void A_loaded_module_must_match_its_description()
    {
        using var saved = Network(nn.Tanh(), outputs: 3);
        Checkpoint.Save(saved, _path);
        using var relu = Network(nn.ReLU(), outputs: 3);
        Refused(relu, _ => true).WithMessage("The module 'act' was saved as Tanh(), and is ReLU(); *");
        using BayesianSequential prior = new(("body", new BayesianLinear(2, 4, prior: new NormalPrior(stddev: 2))));
        Refused(prior, _ => true)
            .WithMessage("None of the file's 15 tensors was requested and fits the model by name and shape; *",
            "the tensors of a learned prior are the layer's");
        using BayesianSequential scale = new(("body", new BayesianLinear(2, 4, prior: new LearnedScalePrior(scale: 2))));
        Refused(scale, _ => true)
            .WithMessage(
            "The module 'body' was saved as BayesianLinear(*), prior LearnedScalePrior(scale=1, *, and is *LearnedScalePrior(scale=2, *");
        Checkpoint.Load(scale, _path, partial: _ => true, compareDescriptions: false).Taken.Should().HaveCount(6);
        using BayesianSequential other = new(("x", new BayesianLinear(2, 4)));
        Refused(other, _ => true).WithMessage("None of the file's 15 tensors *");

        FluentAssertions.Specialized.ExceptionAssertions<CheckpointException> Refused(BayesianSequential model, Func<string, bool> partial)
        {
            var before = model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
            var refused = FluentActions.Invoking(() => Checkpoint.Load(model, _path, partial)).Should().Throw<CheckpointException>();
            foreach (var (name, tensor) in model.state_dict())
                tensor.eq(before[name]).all().ToBoolean().Should().BeTrue(name);
            return refused;
        }
    }

    public new void Dispose()
    {
        File.Delete(_path);
        base.Dispose();
    }

    private static BayesianSequential Network(nn.Module<Tensor, Tensor> activation, long outputs) => new(
        ("body", new BayesianLinear(2, 4, prior: new LearnedScalePrior())), ("act", activation), ("norm", nn.BatchNorm1d(4)),
            ("head", new BayesianLinear(4, outputs)));
}
