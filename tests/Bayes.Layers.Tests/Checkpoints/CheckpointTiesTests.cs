using Bayes.Layers.Checkpoints;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>A parameter that two layers share is stored once and is shared again after loading.</summary>
public sealed class CheckpointTiesTests : TorchTest
{
    [Fact]
    public void A_shared_parameter_is_saved_once_and_the_metadata_name_the_other_key()
    {
        using var model = Tied();
        var (metadata, tensors) = SafeTensorsFile.Read(Saved(model).ToArray());
        tensors.Keys.Should().BeEquivalentTo("0.weight_mu", "0.weight_log_var", "0.bias_mu", "0.bias_log_var", "1.weight_log_var", "1.bias_mu",
            "1.bias_log_var");
        metadata["bayes_layers.ties"]!.GetValue<string>().Should().Be("""{"1.weight_mu":"0.weight_mu"}""");
        Checkpoint.Describe(Saved(model)).Ties.Should().Equal(new Dictionary<string, string> { ["1.weight_mu"] = "0.weight_mu" });
    }

    [Fact]
    public void It_loads_into_a_tied_model_and_is_tied_in_a_model_made_from_the_file()
    {
        using BayesianSequential saved = Tied(), model = Tied();
        Checkpoint.Load(model, Saved(saved));
        ShouldBeClose(First(model).weight_mu, First(saved).weight_mu, 0);
        using var loaded = Checkpoint.LoadModel(Saved(saved));
        var layers = loaded.Model.children().Cast<BayesianLayer>().ToArray();
        layers[1].weight_mu.Should().BeSameAs(layers[0].weight_mu);
        layers[1].weight_log_var.Should().NotBeSameAs(layers[0].weight_log_var);
        ShouldBeClose(layers[0].weight_mu, First(saved).weight_mu, 0);
        ShouldBeClose(loaded.Model.Sample(ones(2, 2), Bayes.Layers.Estimators.PosteriorMean.Instance),
            saved.Sample(ones(2, 2), Bayes.Layers.Estimators.PosteriorMean.Instance), 0);
    }

    [Fact]
    public void A_model_with_two_tensors_is_refused_unless_descriptions_are_not_compared()
    {
        using BayesianSequential tied = Tied(), two = Untied();
        FluentActions.Invoking(() => Checkpoint.Load(two, Saved(tied))).Should().Throw<CheckpointException>()
            .WithMessage(
                "The tensors '0.weight_mu' and '1.weight_mu' were saved as one, but are two in the model; "
                + "expected the same ties in both, or compareDescriptions: false.");
        Checkpoint.Load(two, Saved(tied), compareDescriptions: false);
        ShouldBeClose(two.state_dict()["1.weight_mu"], First(tied).weight_mu, 0);
        FluentActions.Invoking(() => Checkpoint.Load(tied, Saved(two))).Should().Throw<CheckpointException>()
            .WithMessage("The tensors '0.weight_mu' and '1.weight_mu' are one in the model, but were saved as two; *");
        Checkpoint.Load(tied, Saved(two), compareDescriptions: false);
    }

    /// <summary>Which of the two would win would be chance.</summary>
    [Fact]
    public void Two_different_tensors_never_become_one()
    {
        using BayesianSequential tied = Tied(), two = Untied();
        var before = First(tied).weight_mu.clone();
        FluentActions.Invoking(() => Checkpoint.Load(tied, Saved(two), compareDescriptions: false)).Should().Throw<CheckpointException>()
            .WithMessage("The file's tensors '0.weight_mu' and '1.weight_mu' differ, but are one in the model; expected equal values.");
        ShouldBeClose(First(tied).weight_mu, before, 0);
    }

    [Fact]
    public void Plain_layers_that_share_a_weight_load_and_are_made_only_by_a_function()
    {
        using BayesianSequential saved = Plain(), model = Plain();
        Checkpoint.Load(model, Saved(saved));
        ShouldBeClose(model.state_dict()["0.weight"], saved.state_dict()["0.weight"], 0);
        FluentActions.Invoking(() => Checkpoint.LoadModel(Saved(saved))).Should().Throw<CheckpointException>()
            .WithMessage("The tensors '0.weight' and '1.weight' were saved as one, but this library cannot share them *");
        static BayesianSequential Plain()
        {
            var (one, other) = (nn.Linear(2, 2), nn.Linear(2, 2));
            other.weight = one.weight;
            return new BayesianSequential(one, other, new BayesianLinear(2, 1));
        }
    }

    [Theory]
    [InlineData("""{"a":"b"}""")]
    [InlineData("""{"weight_mu":"weight_log_var"}""")]
    [InlineData("""[]""")]
    [InlineData("""{"a":3}""")]
    public void Damaged_ties_are_refused(string ties)
    {
        const string tensors = """
            "weight_log_var":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},"weight_mu":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}
            """;
        string header = "{\"__metadata__\":{\"bayes_layers.ties\":\"" + ties.Replace("\"", "\\\"") + "\"}," + tensors;
        using var model = new BayesianLinear(2, 1, hasBias: false);
        FluentActions.Invoking(() => Checkpoint.Load(model, new MemoryStream(SafeTensorsFile.Of(header, SafeTensorsFile.Floats(1, 2, 3, 4)))))
            .Should().Throw<CheckpointException>().WithMessage("The metadata 'bayes_layers.ties' *");
    }

    private static BayesianSequential Untied() => new(new BayesianLinear(2, 2), new BayesianLinear(2, 2));

    private static BayesianSequential Tied()
    {
        BayesianLinear one = new(2, 2), other = new(2, 2);
        other.weight_mu = one.weight_mu;
        return new BayesianSequential(one, other);
    }

    private static BayesianLayer First(BayesianSequential model) => (BayesianLayer)model.children().First();

    private static MemoryStream Saved(nn.Module model)
    {
        var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        stream.Position = 0;
        return stream;
    }
}
