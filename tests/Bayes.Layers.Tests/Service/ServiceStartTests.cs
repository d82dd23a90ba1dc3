using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Service;

namespace Bayes.Layers.Tests.Service;

public sealed class ServiceStartTests : ServiceTest
{
    [Theory]
    [InlineData("", "There is no model; expected the path of a checkpoint: --Model model.safetensors")]
    [InlineData("--Model no-such-file", "The model 'no-such-file' cannot be loaded: Could not find file *")]
    [InlineData("--Model MODEL --IntervalMass 1", "IntervalMass is '1'; expected a probability above 0 and below 1.")]
    [InlineData("--Model MODEL --Draws 1", "Draws is '1'; expected a whole number of at least 2.")]
    [InlineData("--Model MODEL --Draws many", "Draws is 'many'; expected a whole number of at least 2.")]
    [InlineData("--Model MODEL --Columns a,b,a", "Columns has 'a' twice; expected each name once.")]
    [InlineData("--Model MODEL --Columns a,,b", "Columns has an empty name; expected a name for each.")]
    [InlineData("--Model MODEL --Columns a,b", "The model '*' cannot predict a row of 2 numbers: *")]
    [InlineData("--Model MODEL --QueueRows 0", "QueueRows is '0'; expected a whole number of at least 1.")]
    public void A_service_that_cannot_answer_does_not_start(string line, string sentence)
    {
        string[] args = line.Replace("MODEL", SaveMixture()).Split(' ', StringSplitOptions.RemoveEmptyEntries);

        FluentActions.Invoking(() => ServiceApplication.Create(args)).Should().Throw<CannotStartException>().WithMessage(sentence);
    }

    [Fact]
    public void A_file_that_is_something_else_is_refused()
    {
        string text = PathOf("text.safetensors");
        File.WriteAllText(text, "not a checkpoint");
        Refusal(text).Should().Match("The model '*' cannot be loaded: *");
        Refusal(SaveNetwork(2, new GaussianLikelihood(1))).Should().Be(
            "The model predicts 2 numbers for each row; this service answers with one.");
        Refusal(SaveNetwork(3, new CategoricalLikelihood()), "--Classes", "a,b").Should().Be(
            "Classes has 2 names, and the model has 3 classes; expected a name for each.");
        string alone = PathOf("alone.safetensors");
        using (var model = new BayesianSequential(new BayesianLinear(3, 1)))
            Checkpoint.Save(model, alone);
        Refusal(alone).Should().Match("The model '*' cannot be loaded: The file has no likelihood*");
    }

    [Fact]
    public async Task The_command_says_why_and_fails()
    {
        var (before, error) = (Console.Error, new StringWriter());
        Console.SetError(error);
        try
        {
            (await ServiceProgram.Run(["--Model", "no-such-file"])).Should().Be(1);
            error.ToString().Should().StartWith("The model 'no-such-file' cannot be loaded: ").And.NotContain("   at ");
        }
        finally
        {
            Console.SetError(before);
        }
    }

    private static string Refusal(string path, params string[] args) =>
        FluentActions.Invoking(() => ServiceApplication.Create(["--Model", path, .. args])).Should().Throw<CannotStartException>().Which.Message;
}
